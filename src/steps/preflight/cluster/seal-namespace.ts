import type { Check } from '../../../model/check.ts';
import type { StepContext } from '../../../model/drill.ts';
import { minutes } from '../../../model/duration.ts';
import { DrillError } from '../../../model/errors.ts';
import type { ClusterNetwork, Destination } from '../../../model/facts.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { titleOf } from '../../../support/velero-tarball.ts';
import { holdOperator, releaseOperator } from '../../cluster/hold-operator.ts';
import { OWN } from '../../cluster/own-names.ts';
import { objectResource, RUN_LABEL, runLabels, type ScratchCluster } from '../../cluster/scratch-cluster.ts';
import { tellWaiting } from '../../cluster/tell-waiting.ts';
import { grantSelf } from './grant-self.ts';
import { networkPolicies, placeDestinations, type PlacedDestination } from './policies.ts';
import { judgeSeal, type Round, type SealSeen } from './judge-seal.ts';
import { startProbe } from './probe.ts';

/**
 * Makes the scratch namespace and denies what leaves it, before anything is restored there, with the operator at zero.
 * Pods of our own show that what was open before is shut then, also to one that begins afterwards.
 */
export async function sealNamespace(
  ctx: StepContext,
  scratch: ScratchCluster,
  destinations: readonly Destination[],
): Promise<ClusterNetwork> {
  const { cluster, settings } = scratch;
  const { signal } = ctx;
  const { namespace, operator } = settings;
  const placed = await placeDestinations(destinations);
  ctx.created(heldOperator(scratch));
  ctx.progress(`Setting the operator ${operator.namespace}/${operator.deployment} to zero`);
  await holdOperator(scratch, { signal });
  ctx.created(objectResource('Namespace', namespace));
  const labels = runLabels(ctx);
  await cluster.create(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } },
    { signal },
  );
  await grantSelf(scratch, labels, { signal });
  const { check, policies } = await proveSeal(ctx, scratch, placed);
  ctx.check(check);
  return { kind: 'cluster', namespace, policies, destinations };
}

async function proveSeal(
  ctx: StepContext,
  scratch: ScratchCluster,
  destinations: readonly PlacedDestination[],
): Promise<{ readonly check: Check; readonly policies: ClusterNetwork['policies'] }> {
  const { cluster, settings } = scratch;
  const { signal } = ctx;
  const labels = runLabels(ctx);
  const endpoints = destinations.flatMap(({ addresses, port }) =>
    addresses.map((address) => ({ address, port })),
  );
  ctx.progress('A pod of our own looks at what it can reach');
  const probe = await startProbe(ctx, scratch, { name: OWN.probe, labels, endpoints });
  const before = await probe.until((seen) => api(seen) === 'open');
  const policies: Record<string, unknown> = {};
  for (const policy of networkPolicies(settings.namespace, labels, destinations)) {
    // As the cluster has it, to be held against what stands there later.
    const { metadata, spec } = await cluster.create(policy, { signal });
    policies[metadata.name] = spec;
  }
  const after = await probe.until((seen) => api(seen) === 'shut');
  await probe.remove();
  // Pods of the site are younger than the policies, and some networks let such through for their first seconds.
  const young = before.held && after.held ? await lookFromYoungPod(ctx, scratch) : undefined;
  const seen = { before: before.seen, after: after.seen, everOpenToYoungPod: young?.everOpen };
  const evidence = [await ctx.attach('probe.json', `${JSON.stringify(seen, null, 2)}\n`)];
  const { namespace } = settings;
  return { policies, check: { ...judgeSeal({ namespace, endpoints, before, after, young }), evidence } };
}

/** Of a pod that begins with the policies there, from its first moment on. */
async function lookFromYoungPod(ctx: StepContext, scratch: ScratchCluster): Promise<SealSeen['young']> {
  const options = { name: OWN.youngProbe, labels: runLabels(ctx), endpoints: [] };
  const probe = await startProbe(ctx, scratch, options);
  const { held } = await probe.until((seen) => api(seen) === 'shut');
  const everOpen = await probe.everOpen();
  await probe.remove();
  return { held, everOpen };
}

/** Whether the API server was reached: a probe tries it first. */
const api = (seen: Round['seen']) => Object.values(seen)[0];

/** Takes away the namespace with all that is in it, and gives the operator back. Rejects with TEARDOWN_INCOMPLETE. */
export async function unsealNamespace(ctx: StepContext, scratch: ScratchCluster): Promise<void> {
  const { cluster, settings } = scratch;
  const { namespace } = settings;
  const ref = { apiVersion: 'v1', kind: 'Namespace', name: namespace };
  const found = await cluster.read(ref);
  // One that another run or somebody else has made is not ours to delete.
  const isOurs = found?.metadata.labels?.[RUN_LABEL] === ctx.runId;
  if (isOurs) {
    await cluster.remove(ref);
    const started = performance.now();
    const waiting = tellWaiting(ctx, `until namespace ${namespace} is gone`);
    const gone = await waitFor(
      async () => (await cluster.read(ref)) === undefined || void waiting(performance.now() - started),
      { timeout: minutes(3), interval: 500 },
    );
    if (!gone) {
      const { objects } = await cluster.inventory(namespace);
      throw new DrillError('TEARDOWN_INCOMPLETE', `namespace ${namespace} does not go away`, {
        details: { left: objects.map(titleOf).slice(0, 20).join(', ') || 'nothing that we may list' },
        hint: 'An object with a finalizer holds it up: `kubectl get namespace -o yaml` tells which. The operator stays at zero until then.',
      });
    }
  }
  ctx.removed(objectResource('Namespace', namespace));
  // Only now: it would start the copy once more. Another run's copy is for that run to let go of.
  if (isOurs || found?.metadata.labels?.[RUN_LABEL] === undefined) await releaseOperator(scratch);
  ctx.removed(heldOperator(scratch));
  if (found === undefined || isOurs) await requireVolumesGone(scratch);
}

/** Rejects with TEARDOWN_INCOMPLETE while a volume is left that a claim of the scratch namespace had. */
async function requireVolumesGone({ cluster, settings: { namespace } }: ScratchCluster): Promise<void> {
  let left: readonly string[] = [];
  await waitFor(
    async () => {
      const volumes = await cluster.list({ apiVersion: 'v1', kind: 'PersistentVolume' });
      left = volumes
        .filter(
          ({ spec }) => (spec as { claimRef?: { namespace?: string } }).claimRef?.namespace === namespace,
        )
        .map(({ metadata }) => metadata.name);
      return left.length === 0 || undefined;
    },
    { timeout: minutes(1), interval: 500 },
  );
  if (left.length === 0) return;
  throw new DrillError(
    'TEARDOWN_INCOMPLETE',
    `volumes of namespace ${namespace} are left: ${left.join(', ')}`,
    {
      hint: 'Their storage class keeps them (reclaimPolicy Retain): take them away, or set scratch.files.storageClass to one that deletes.',
    },
  );
}

function heldOperator({ settings: { operator } }: Pick<ScratchCluster, 'settings'>) {
  return objectResource('zero replicas of Deployment', operator.deployment, operator.namespace);
}
