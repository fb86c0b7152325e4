import { minutes } from '../../model/duration.ts';
import { DrillError } from '../../model/errors.ts';
import type { CallOptions, Cluster, ObjectRef } from '../../providers/cluster/index.ts';
import type { KubernetesObject } from '../../support/velero-tarball.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { ScratchCluster } from './scratch-cluster.ts';

/** How many replicas the operator had, kept on its own Deployment: no crash of ours can lose it. */
const HELD = 'muster/replicas-before';

export const operatorRef = ({ settings }: Pick<ScratchCluster, 'settings'>): ObjectRef => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  name: settings.operator.deployment,
  namespace: settings.operator.namespace,
});

/** Sets the operator to zero and waits until it is gone: it starts pods as soon as it sees a Mattermost resource. */
export async function holdOperator(
  { cluster, settings }: Pick<ScratchCluster, 'cluster' | 'settings'>,
  options: CallOptions,
): Promise<void> {
  const ref = operatorRef({ settings });
  const operator = await requireOperator(cluster, ref, options);
  const before = heldReplicas(operator) ?? String(replicasOf(operator));
  await cluster.patch(ref, { metadata: { annotations: { [HELD]: before } }, spec: { replicas: 0 } }, options);
  const gone = await waitFor(
    async () => {
      const { replicas = 0 } = ((await cluster.read(ref, options))?.['status'] ?? {}) as {
        replicas?: number;
      };
      return replicas === 0 || undefined;
    },
    { timeout: minutes(2), interval: 500, signal: options.signal },
  );
  if (gone) return;
  throw new DrillError('CLUSTER_NOT_READY', `the operator ${ref.namespace}/${ref.name} does not stop`, {
    hint: `Its Deployment was set to 0 replicas: see \`kubectl -n ${ref.namespace} get pods\`.`,
  });
}

/** Rejects with SCRATCH_NOT_SEALED when somebody else has given a held operator replicas. */
export async function requireHeld(
  { cluster, settings }: Pick<ScratchCluster, 'cluster' | 'settings'>,
  options: CallOptions,
): Promise<void> {
  const ref = operatorRef({ settings });
  const operator = await requireOperator(cluster, ref, options);
  const { replicas = 0 } = (operator['status'] ?? {}) as { replicas?: number };
  const found = Math.max(replicasOf(operator), replicas);
  if (found === 0) return;
  throw new DrillError(
    'SCRATCH_NOT_SEALED',
    `the operator ${ref.namespace}/${ref.name} was set to 0 replicas and has ${found}, before the copy is ready`,
    {
      hint: 'Nothing more was started. Find out who gives it replicas: GitOps (Argo CD, Flux), an autoscaler or the Operator Lifecycle Manager.',
    },
  );
}

/** Lets it go on with as many replicas as a drill had set it to. */
export async function releaseOperator(
  { cluster, settings }: Pick<ScratchCluster, 'cluster' | 'settings'>,
  options?: CallOptions,
): Promise<void> {
  const ref = operatorRef({ settings });
  const before = heldReplicas(await cluster.read(ref, options));
  if (before === undefined) return;
  await cluster.patch(
    ref,
    { metadata: { annotations: { [HELD]: null } }, spec: { replicas: Number(before) } },
    options,
  );
}

/** Starts it, still marked as held: undo gives it back what it had. */
export async function startOperator(
  { cluster, settings }: Pick<ScratchCluster, 'cluster' | 'settings'>,
  options: CallOptions,
): Promise<void> {
  const ref = operatorRef({ settings });
  const before = heldReplicas(await requireOperator(cluster, ref, options));
  await cluster.patch(ref, { spec: { replicas: Math.max(1, Number(before ?? 1)) } }, options);
}

/** Rejects with CLUSTER_NOT_READY when it is not installed. */
export async function requireOperator(
  cluster: Cluster,
  ref: ObjectRef,
  options?: CallOptions,
): Promise<KubernetesObject> {
  const operator = await cluster.read(ref, options);
  if (operator !== undefined) return operator;
  throw new DrillError(
    'CLUSTER_NOT_READY',
    `there is no Mattermost Operator: no Deployment ${ref.namespace}/${ref.name}`,
    { hint: 'Install it in the cluster, or say with scratch.operator where it is.' },
  );
}

function heldReplicas(operator: KubernetesObject | undefined): string | undefined {
  return operator?.metadata.annotations?.[HELD];
}

function replicasOf(operator: KubernetesObject): number {
  return ((operator['spec'] ?? {}) as { replicas?: number }).replicas ?? 1;
}
