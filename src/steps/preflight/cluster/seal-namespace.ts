import type { Check } from '../../../model/check.ts';
import type { StepContext } from '../../../model/drill.ts';
import { minutes } from '../../../model/duration.ts';
import { DrillError } from '../../../model/errors.ts';
import type { ClusterNetwork, Destination } from '../../../model/facts.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { titleOf } from '../../../support/velero-tarball.ts';
import { formatEndpoint } from '../../../support/endpoint.ts';
import { holdOperator, releaseOperator } from '../../cluster/hold-operator.ts';
import { OWN } from '../../cluster/own-names.ts';
import { objectResource, RUN_LABEL, runLabels, type ScratchCluster } from '../../cluster/scratch-cluster.ts';
import { tellWaiting } from '../../cluster/tell-waiting.ts';
import { grantSelf } from './grant-self.ts';
import { networkPolicies, placeDestinations, type PlacedDestination } from './policies.ts';
import { startProbe, type Reach } from './probe.ts';

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
  const api = (seen: Readonly<Record<string, Reach>>) => Object.values(seen)[0];
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
  const young = await startProbe(ctx, scratch, { name: OWN.youngProbe, labels, endpoints: [] });
  await young.until((seen) => api(seen) === 'shut');
  const everOpen = await young.everOpen();
  await young.remove();

  const check = {
    id: 'scratch.sealed',
    claim: 'The restored copy will live where nothing but declared destinations can be reached',
    expected: 'a namespace whose policies deny what leaves it, seen from a pod in it',
    evidence: [
      await ctx.attach(
        'probe.json',
        `${JSON.stringify({ before: before.seen, after: after.seen, everOpenToYoungPod: everOpen }, null, 2)}\n`,
      ),
    ],
  };
  const weak = (seen: string, hint: string) => ({
    policies,
    check: { ...check, verdict: 'unverified' as const, seen, code: 'WEAK_ISOLATION', hint },
  });
  if (!before.held)
    return weak(
      'the probe pod could not reach the API server even before anything was denied: it proves nothing',
      'Take older policies for the whole cluster into account; scratch.probeImage must bring sh, nc and tr.',
    );
  if (!after.held) {
    throw new DrillError(
      'SCRATCH_NOT_SEALED',
      `network policies have no effect in namespace ${settings.namespace}: a pod there still reaches the API server`,
      {
        hint: 'The cluster’s network must enforce NetworkPolicy (on EKS: the VPC CNI’s network policy agent; on AKS: Azure or Cilium).',
      },
    );
  }
  if (everOpen.length > 0)
    return weak(
      `a pod that was started after the policies reached ${everOpen.join(', ')} in its first moments`,
      'The cluster’s network enforces policies only some time after a pod has begun. On EKS, set the VPC CNI’s NETWORK_POLICY_ENFORCING_MODE to strict.',
    );
  const opened = endpoints.map(formatEndpoint).filter((endpoint) => after.seen[endpoint] === 'open');
  return {
    policies,
    check: {
      ...check,
      verdict: 'passed',
      seen: `the API server was reached before and is not any more, nor by a pod that is younger; open: ${opened.join(', ') || 'nothing'}`,
    },
  };
}

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
