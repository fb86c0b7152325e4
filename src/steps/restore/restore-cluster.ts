import type { Step, StepContext } from '../../model/drill.ts';
import { hours } from '../../model/duration.ts';
import type { ClusterFacts } from '../../model/facts.ts';
import { openTarball } from '../../support/velero-backup.ts';
import { readSettings } from '../../support/velero-settings.ts';
import { findScratchCluster } from '../cluster/scratch-cluster.ts';
import { openVeleroStore } from '../backups/open-stores.ts';
import { restoreIntoCluster, undoRestore } from './cluster/restore-into-cluster.ts';

/**
 * Reads what the Velero backup says about the site: version, environment, names of secrets, and where production is.
 * Into a cluster its objects are restored, too, and held: nothing of it is started before quarantine.
 */
export function restoreCluster(): Step {
  return {
    id: 'restore-cluster',
    title: 'Restore the site’s Kubernetes objects',
    needs: ['backups', 'network'],
    gives: ['cluster'],
    promises: ({ config: { backups, scratch } }) => [
      ...(backups.velero === undefined ? [] : ['restore.cluster']),
      ...(scratch.kind === 'kubernetes' ? ['restore.velero', 'restore.objects'] : []),
    ],
    condemnedBy: ['backup.velero.tarball', 'backup.velero.mattermost'],
    budget: hours(2),
    plan: ({ backups: { velero }, scratch }) =>
      velero === undefined
        ? ['nothing: no Velero backup is configured']
        : [
            `read the newest Velero backup of namespace ${velero.namespace} under ${velero.prefix || 'the store’s root'}`,
            ...(scratch.kind === 'kubernetes'
              ? [
                  `make a Restore into namespace ${scratch.namespace}, with a ConfigMap of resource modifiers`,
                  'hold every restored object against the tarball',
                ]
              : []),
          ],
    run,
    async undo(ctx) {
      const inCluster = await findScratchCluster(ctx);
      if (inCluster !== undefined) await undoRestore(ctx, inCluster);
    },
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
  const { prefix } = velero;
  const tarball = await openTarball(store, chosen.name, { prefix, signal });
  const settings = readSettings(
    tarball.objects,
    `the Velero backup "${chosen.name}" in ${store.location}`,
    velero.namespace,
  );
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
    seen: `${namespace}/${name}, Mattermost ${version}, ${replicas ?? 'an unknown number of'} replicas, ${Object.keys(secrets).length} secrets, ${addresses.length} addresses${describeScale(ctx, settings.asksFor)}`,
    evidence,
  });
  ctx.set('cluster', facts);
  const inCluster = await findScratchCluster(ctx);
  if (inCluster !== undefined)
    await restoreIntoCluster(ctx, inCluster, { store, prefix, backup: chosen.name, namespace, tarball });
}

/** A scratch has seldom what production has: what comes up is smaller, and a load on it says less. */
function describeScale({ config: { scratch } }: StepContext, asksFor: string): string {
  if (scratch.kind !== 'kubernetes') return '';
  const { replicas, resources } = scratch;
  return `; it asked for ${asksFor}, and comes up here with ${replicas} × ${resources.cpu} CPU and ${resources.memory}`;
}
