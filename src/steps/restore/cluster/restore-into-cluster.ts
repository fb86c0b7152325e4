import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { StepContext } from '../../../model/drill.ts';
import { hours, minutes } from '../../../model/duration.ts';
import { DrillError } from '../../../model/errors.ts';
import type { ObjectReader } from '../../../providers/object-store/index.ts';
import {
  describeLocation,
  modifierDocument,
  type RestoreEnd,
  type RestoreRequest,
  type Velero,
} from '../../../providers/cluster/velero.ts';
import { someOf } from '../../../support/some-of.ts';
import type { Tarball } from '../../../support/velero-tarball.ts';
import { requireHeld } from '../../cluster/hold-operator.ts';
import { objectResource, runLabels, runName, type ScratchCluster } from '../../cluster/scratch-cluster.ts';
import { tellWaiting } from '../../cluster/tell-waiting.ts';
import { holdingOf } from './holding.ts';
import { judgeObjects } from './judge-objects.ts';
import { findRestored } from './find-restored.ts';
import { planRestore, type ClusterPlan } from './plan-restore.ts';

export interface RestoreSource {
  readonly store: ObjectReader;
  /** Velero's own prefix inside the store. */
  readonly prefix: string;
  readonly backup: string;
  /** Where the site was. */
  readonly namespace: string;
  readonly tarball: Tarball;
}

/**
 * Has Velero restore the site's objects into the scratch namespace, changed on their way in so that nothing starts and
 * nothing reaches production, and holds each of them against the tarball: Velero's own word is no evidence.
 */
export async function restoreIntoCluster(
  ctx: StepContext,
  scratch: ScratchCluster,
  source: RestoreSource,
): Promise<void> {
  const { settings, cluster } = scratch;
  const { signal } = ctx;
  const plan = planRestore(source.tarball, {
    namespace: source.namespace,
    scratch: settings.namespace,
    ...holdingOf(ctx, settings),
  });
  const evidence = [await ctx.attach('plan.json', `${JSON.stringify(describePlan(plan), null, 2)}\n`)];
  await makeModifiers(ctx, scratch, runName(ctx), modifierDocument(source.namespace, plan.modifications));
  const end = await restore(ctx, scratch, source, plan);
  await judgeVelero(ctx, source, end);
  const found = await findRestored(cluster, settings.namespace, plan, { signal });
  ctx.check({ ...judgeObjects(plan, found, end), evidence });
  await requireHeld(scratch, { signal });
  if (end.phase === 'Completed' || end.phase === 'PartiallyFailed') return;
  throw new DrillError('RESTORE_FAILED', `Velero's restore ended as ${end.phase}: ${end.problem}`, {
    hint: `See \`velero restore describe ${runName(ctx)}\` and the storage location: \`velero backup-location get\`.`,
  });
}

/** What Velero is told to change in a Restore of this name. */
export async function makeModifiers(
  ctx: StepContext,
  { cluster, settings }: ScratchCluster,
  name: string,
  document: string,
): Promise<void> {
  const { namespace } = settings.velero;
  ctx.created(objectResource('ConfigMap', name, namespace));
  await cluster.create(
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace, labels: runLabels(ctx) },
      data: { 'modifiers.yaml': document },
    },
    { signal: ctx.signal },
  );
}

async function restore(
  ctx: StepContext,
  scratch: ScratchCluster,
  { backup, namespace }: RestoreSource,
  { excluded }: ClusterPlan,
): Promise<RestoreEnd> {
  const name = runName(ctx);
  let told = 0;
  return runRestore(
    ctx,
    scratch,
    {
      ...{ name, backup, from: namespace, to: scratch.settings.namespace, excluded },
      ...{ modifiers: name, labels: runLabels(ctx) },
    },
    {
      signal: ctx.signal,
      patience: hours(1),
      waiting: tellWaiting(ctx, `until Velero has restored ${backup}`),
      progress: (done, of) => {
        if (done === told) return;
        told = done;
        ctx.progress(`Velero has restored ${done} of ${of} objects`);
      },
    },
  );
}

/** Makes a Restore, and waits for its end. */
export async function runRestore(
  ctx: Pick<StepContext, 'created'>,
  { velero, settings }: ScratchCluster,
  request: RestoreRequest,
  options: Parameters<Velero['waitForRestore']>[1],
): Promise<RestoreEnd> {
  ctx.created(objectResource('Restore', request.name, settings.velero.namespace));
  await velero.startRestore(request, options);
  return velero.waitForRestore(request.name, options);
}

/** What it wrote about it in the bucket says more than the phase. */
async function judgeVelero(
  ctx: StepContext,
  { store, prefix }: Pick<RestoreSource, 'store' | 'prefix'>,
  { phase, warnings, errors, problem }: RestoreEnd,
): Promise<void> {
  const name = runName(ctx);
  const folder = prefix.replace(/^\/+|\/+$/g, '');
  const key = `${folder === '' ? '' : `${folder}/`}restores/${name}/restore-${name}-results.gz`;
  const results = await store
    .open(key, { signal: ctx.signal })
    .then(buffer)
    .then((body) => promisify(gunzip)(body))
    .then((body) => body.toString('utf8'))
    .catch((error: unknown) => {
      ctx.signal.throwIfAborted();
      return error instanceof DrillError && error.code === 'BACKUP_MISSING'
        ? undefined
        : Promise.reject(error);
    });
  const said = results === undefined ? [] : messagesOf(JSON.parse(results) as Results);
  const passed = phase === 'Completed' && errors === 0;
  ctx.check({
    id: 'restore.velero',
    claim: 'Velero restored the objects without an error',
    verdict: passed ? 'passed' : 'missed',
    expected: 'Completed, 0 errors',
    seen: `${phase}, ${errors} errors, ${warnings} warnings${problem === '' ? '' : `: ${problem}`}${said.length === 0 ? '' : `. ${someOf(said)}`}`,
    ...(results !== undefined && { evidence: [await ctx.attach('velero-results.json', results)] }),
    ...(!passed && {
      code: 'VELERO_RESTORE_FAILED',
      hint: `\`velero restore logs ${name}\` tells more, until the drill takes the Restore away.`,
    }),
  });
}

interface Results {
  readonly errors?: Result;
  readonly warnings?: Result;
}
interface Result {
  readonly velero?: readonly string[];
  readonly cluster?: readonly string[];
  readonly namespaces?: Readonly<Record<string, readonly string[]>>;
}

function messagesOf({ errors = {}, warnings = {} }: Results): readonly string[] {
  return [errors, warnings].flatMap(({ velero = [], cluster = [], namespaces = {} }) => [
    ...velero,
    ...cluster,
    ...Object.values(namespaces).flat(),
  ]);
}

/** For evidence: what was told to be changed is shown by place alone, values may be production's. */
function describePlan({ expected, leftOut, modifications, excluded }: ClusterPlan) {
  return {
    restored: expected.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    leftOut,
    excluded,
    changed: modifications.map(({ resource, name, patch }) => ({
      resource,
      name,
      fields: Object.keys(patch),
    })),
  };
}

/** Stops or waits for what Velero does, and takes away what it was told. */
export async function undoRestore(
  ctx: StepContext,
  { cluster, velero, settings }: ScratchCluster,
  name = runName(ctx),
): Promise<void> {
  const { namespace } = settings.velero;
  await velero.removeRestore(name, {
    patience: minutes(2),
    waiting: tellWaiting(ctx, 'until Velero has let go of the Restore'),
  });
  await cluster.remove({ apiVersion: 'v1', kind: 'ConfigMap', name, namespace });
  const left = await cluster.read({ apiVersion: 'velero.io/v1', kind: 'Restore', name, namespace });
  if (left !== undefined) {
    const locations = await velero.storageLocations();
    throw new DrillError('TEARDOWN_INCOMPLETE', `the Restore ${namespace}/${name} does not go away`, {
      details: { 'storage locations': locations.map(describeLocation).join('; ') },
      hint: 'Velero has to let go of it, which it does only when it reaches the bucket: see its server’s log, and then `muster undo` once more.',
    });
  }
  ctx.removed(objectResource('Restore', name, namespace));
  ctx.removed(objectResource('ConfigMap', name, namespace));
}
