import type { Step, StepContext } from '../../model/drill.ts';
import { minutes } from '../../model/duration.ts';
import type { ClusterFacts } from '../../model/facts.ts';
import { readClusterSettings } from '../../support/velero-backup.ts';
import { openVeleroStore } from '../backups/open-stores.ts';

/**
 * Reads what the Velero backup says about the site: version, environment, names of secrets, and where production is.
 * Nothing of it is started; the later steps use it to look for production's addresses and to compare versions.
 */
export function restoreCluster(): Step {
  return {
    id: 'restore-cluster',
    title: 'Read the site’s Kubernetes objects',
    needs: ['backups'],
    gives: ['cluster'],
    promises: ({ config }) => (config.backups.velero === undefined ? [] : ['restore.cluster']),
    condemnedBy: ['backup.velero.tarball', 'backup.velero.mattermost'],
    budget: minutes(10),
    plan: ({ backups: { velero } }) =>
      velero === undefined
        ? ['nothing: no Velero backup is configured']
        : [
            `read the newest Velero backup of namespace ${velero.namespace} under ${velero.prefix || 'the store’s root'}`,
          ],
    run,
  };
}

const NOTHING: ClusterFacts = {
  namespace: '',
  name: '',
  image: '',
  version: '',
  replicas: null,
  siteUrl: null,
  environment: {},
  secrets: {},
  addresses: [],
};

async function run(ctx: StepContext): Promise<void> {
  const { velero } = ctx.config.backups;
  const chosen = ctx.get('backups').velero;
  if (velero === undefined || chosen === null) {
    ctx.set('cluster', NOTHING);
    return;
  }
  await using store = await openVeleroStore(ctx);
  const { signal } = ctx;
  const settings = await readClusterSettings(store, chosen.name, {
    prefix: velero.prefix,
    namespace: velero.namespace,
    signal,
  });
  const { namespace, name, image, version, replicas, siteUrl, environment, secrets, addresses } = settings;
  const facts = { namespace, name, image, version, replicas, siteUrl, environment, secrets, addresses };
  // Where an address stands is told, and never the secret around it.
  const evidence = [
    await ctx.attach(
      'site.json',
      `${JSON.stringify({ ...facts, addressSources: settings.addressSources }, null, 2)}\n`,
    ),
  ];
  ctx.check({
    id: 'restore.cluster',
    claim: 'The site’s Kubernetes objects can be read from the Velero backup',
    verdict: 'passed',
    expected: 'a Mattermost resource',
    seen: `${namespace}/${name}, Mattermost ${version}, ${replicas ?? 'an unknown number of'} replicas, ${Object.keys(secrets).length} secrets, ${addresses.length} addresses`,
    evidence,
  });
  ctx.set('cluster', facts);
}
