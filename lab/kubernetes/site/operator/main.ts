import { setTimeout as sleep } from 'node:timers/promises';
import { openApi } from '../../api.ts';
import { API_VERSION, type Mattermost } from './mattermost.ts';
import { reconcile } from './reconcile.ts';

const INTERVAL = 1_000;

/**
 * Does to Mattermost resources what the Mattermost Operator does as far as a drill sees it, from the moment that they
 * are there. Looks after the namespace in WATCH_NAMESPACE, or after all.
 */
async function main(): Promise<void> {
  const api = openApi({ manager: 'mattermost-operator' });
  const namespace = process.env['WATCH_NAMESPACE'] || undefined;
  for (let known = ''; ; await sleep(INTERVAL)) {
    const problem = await look().then(() => '', String);
    if (problem !== known)
      process.stdout.write(`${new Date().toISOString()} ${problem || 'all is well again'}\n`);
    known = problem;
  }

  async function look(): Promise<void> {
    for (const mattermost of await api.list(API_VERSION, 'Mattermost', namespace))
      await reconcile(api, mattermost as Mattermost);
  }
}

process.on('SIGTERM', () => process.exit(0));
await main();
