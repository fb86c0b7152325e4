import { setTimeout as sleep } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { openClusterApi } from './cluster-api.ts';
import { API_VERSION, type Mattermost } from './mattermost.ts';
import { reconcile } from './reconcile.ts';

const INTERVAL = 500;

/**
 * Does to Mattermost resources what the Mattermost Operator does as far as a drill sees it, from the moment that they
 * are there. Looks after the namespace in WATCH_NAMESPACE, or after all.
 */
async function main(): Promise<void> {
  const config = new KubeConfig();
  config.loadFromDefault();
  const cluster = openClusterApi(config, 'mattermost-operator');
  const namespace = process.env['WATCH_NAMESPACE'] || undefined;
  for (let problem = ''; ; await sleep(INTERVAL)) {
    const said = await look(namespace).catch(String);
    if (said !== problem)
      process.stdout.write(`${new Date().toISOString()} ${said || 'all is well again'}\n`);
    problem = said;
  }

  async function look(within: string | undefined): Promise<string> {
    for (const mattermost of await cluster.list(API_VERSION, 'Mattermost', within))
      await reconcile(cluster, mattermost as Mattermost);
    return '';
  }
}

process.on('SIGTERM', () => process.exit(0));
await main();
