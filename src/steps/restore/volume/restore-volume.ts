import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { StepContext } from '../../../model/drill.ts';
import { hours, minutes } from '../../../model/duration.ts';
import { DrillError } from '../../../model/errors.ts';
import { modifierDocument, type RestoredVolume } from '../../../providers/cluster/velero.ts';
import { someOf } from '../../../support/some-of.ts';
import type { KubernetesObject } from '../../../support/velero-tarball.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { runLabels, runName, type ScratchCluster } from '../../cluster/scratch-cluster.ts';
import { tellWaiting } from '../../cluster/tell-waiting.ts';
import { makeModifiers, runRestore, undoRestore } from '../cluster/restore-into-cluster.ts';
import { findVolume, type VolumeSource } from './find-volume.ts';
import { CONTAINER, harmlessPod } from './harmless-pods.ts';
import { judgeVolume } from './judge-volume.ts';
import { LISTING_SCRIPT, parseListing } from './listing.ts';

/** Of the second Restore of a run: the first one's objects were held before. */
const restoreName = (ctx: Pick<StepContext, 'runId'>): string => `${runName(ctx)}-files`;

/**
 * Has Velero fill a claim of the scratch namespace from its file-system backup, through a pod of the site that is made
 * harmless on its way in, and keeps a list of what is then on the volume in `folder`.
 */
export async function restoreVolume(
  ctx: StepContext,
  scratch: ScratchCluster,
  folder: string,
): Promise<void> {
  const source = await findVolume(ctx);
  const siblings = source.pods.filter(({ metadata: { labels = {} } }) =>
    Object.entries(source.labels).every(([name, value]) => labels[name] === value),
  );
  const name = restoreName(ctx);
  await makeModifiers(ctx, scratch, name, modifiersOf(ctx, scratch, source, siblings));
  const started = performance.now();
  await restore(ctx, scratch, source, name);
  const log = await readListing(ctx, scratch, source);
  ctx.metric({
    key: 'files_restore_seconds',
    value: (performance.now() - started) / 1000,
    unit: 's',
    better: 'lower',
  });
  const listing = path.join(folder, 'listing');
  await writeFile(listing, log, { mode: 0o600 });
  const sizes = [...parseListing(log).values()].map(({ size }) => size);
  const seen = { objects: sizes.length, bytes: sizes.reduce((total, size) => total + size, 0) };
  ctx.check(judgeVolume(seen, source.bytes));
  ctx.set('files', { kind: 'volume', claim: source.claim, listing, ...seen });
  const { namespace } = scratch.settings;
  for (const { metadata } of siblings)
    await scratch.cluster.remove(
      { apiVersion: 'v1', kind: 'Pod', name: metadata.name, namespace },
      { signal: ctx.signal },
    );
}

/** The volume itself goes with the scratch namespace. */
export async function undoRestoreVolume(ctx: StepContext, scratch: ScratchCluster): Promise<void> {
  await undoRestore(ctx, scratch, restoreName(ctx));
}

function modifiersOf(
  ctx: StepContext,
  { settings }: ScratchCluster,
  { namespace, claim, pod, volume }: VolumeSource,
  siblings: readonly KubernetesObject[],
): string {
  const { files, probeImage } = settings;
  const storageClass = files.kind === 'volume' ? files.storageClass : undefined;
  return modifierDocument(namespace, [
    {
      resource: 'persistentvolumeclaims',
      name: claim,
      // The volume that it was bound to is in the cluster that was lost.
      patch: { spec: { volumeName: null, ...(storageClass && { storageClassName: storageClass }) } },
    },
    ...siblings.map((sibling) => ({
      resource: 'pods',
      name: sibling.metadata.name,
      patch: harmlessPod(sibling, {
        image: probeImage,
        labels: runLabels(ctx),
        script: LISTING_SCRIPT,
        volume: sibling === pod ? volume : undefined,
      }),
      isStrategic: true,
    })),
  ]);
}

/** Rejects with RESTORE_FAILED when Velero does, or when the cluster has no volume for the claim. */
async function restore(
  ctx: StepContext,
  scratch: ScratchCluster,
  source: VolumeSource,
  name: string,
): Promise<void> {
  const { velero, settings } = scratch;
  const given = new AbortController();
  const signal = AbortSignal.any([ctx.signal, given.signal]);
  const request = {
    ...{ name, backup: source.backup, from: source.namespace, to: settings.namespace },
    ...{ excluded: [], modifiers: name, labels: runLabels(ctx) },
    only: { resources: ['pods', 'persistentvolumeclaims'], labels: source.labels },
  };
  try {
    const end = await Promise.race([
      runRestore(ctx, scratch, request, {
        ...{ patience: hours(7), progress: () => {}, signal },
        waiting: tellWaiting(ctx, `until Velero has restored volume ${source.claim}`),
      }),
      rejectUnbound(scratch, source, signal),
    ]);
    const volumes = await velero.volumesOf(name, { signal });
    const failed = volumes.filter(({ phase }) => phase !== 'Completed');
    const isThere = volumes.some(
      ({ pod, volume }) => pod === source.pod.metadata.name && volume === source.volume,
    );
    if (end.phase === 'Completed' && failed.length === 0 && isThere) return;
    throw new DrillError(
      'RESTORE_FAILED',
      `Velero did not restore volume ${source.claim}: its Restore ended as ${end.phase}${end.problem && `, ${end.problem}`}; ${someOf(failed.map(describe)) || (isThere ? 'the volume itself is Completed' : 'it did nothing about the volume')}`,
      {
        hint: 'Its node agent must run on the node of the pod: see its log, and `velero restore describe --details`.',
      },
    );
  } finally {
    given.abort();
  }
}

function describe({ pod, volume, phase, message }: RestoredVolume): string {
  return `${pod}/${volume} is ${phase}${message && `: ${message}`}`;
}

/** Never resolves: Velero itself would wait for hours. */
async function rejectUnbound(
  { cluster, settings: { namespace } }: ScratchCluster,
  { claim }: VolumeSource,
  signal: AbortSignal,
): Promise<never> {
  const ref = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: claim, namespace };
  const bound = await waitFor(
    async () => {
      const { phase } = ((await cluster.list(ref, { signal })).find(
        ({ metadata }) => metadata.name === claim,
      )?.['status'] ?? {}) as { phase?: string };
      return phase === 'Bound' || undefined;
    },
    { timeout: minutes(5), interval: 500, signal },
  );
  if (bound) return new Promise(() => {});
  throw new DrillError(
    'RESTORE_FAILED',
    `the cluster gives claim ${namespace}/${claim} no volume within 5m`,
    {
      hint: `See \`kubectl -n ${namespace} describe pvc ${claim}\`. scratch.files.storageClass names another class than the backup’s.`,
    },
  );
}

/** What the pod has seen on the volume, once it has come to its end. */
async function readListing(
  ctx: StepContext,
  { cluster, settings: { namespace } }: ScratchCluster,
  { pod }: VolumeSource,
): Promise<string> {
  const { signal } = ctx;
  const { name } = pod.metadata;
  ctx.progress('Reading what is on the volume');
  const phase = await waitFor(
    async () => {
      const found = await cluster.read({ apiVersion: 'v1', kind: 'Pod', name, namespace }, { signal });
      const status = (found?.['status'] ?? {}) as { phase?: string };
      return ['Succeeded', 'Failed'].find((end) => end === status.phase);
    },
    { timeout: hours(1), interval: 500, signal },
  );
  const log =
    phase === undefined ? '' : await cluster.log({ namespace, name, container: CONTAINER }, { signal });
  if (phase === 'Succeeded') return log;
  throw new DrillError(
    'RESTORE_FAILED',
    `the pod that reads the volume is ${phase ?? 'not at its end within 1h'}`,
    {
      details: { log: log.slice(-500) },
      hint: `scratch.probeImage must bring find, stat and sha256sum: see \`kubectl -n ${namespace} describe pod ${name}\`.`,
    },
  );
}
