import type { Check } from '../../../model/check.ts';
import { DrillError } from '../../../model/errors.ts';
import type { CallOptions } from '../../../providers/cluster/index.ts';
import type { KubernetesObject } from '../../../support/velero-tarball.ts';
import { parseQuantity } from '../../cluster/quantity.ts';
import type { ScratchCluster } from '../../cluster/scratch-cluster.ts';

/** Whether the nodes have room for the replicas, each on one of them. Rejects with CLUSTER_NOT_READY. */
export async function judgeCapacity(
  { cluster, settings }: ScratchCluster,
  options: CallOptions,
): Promise<Check> {
  const { replicas, resources } = settings;
  const [cpu, memory] = [parseQuantity(resources.cpu), parseQuantity(resources.memory)];
  const nodes = (await cluster.list({ apiVersion: 'v1', kind: 'Node' }, options)).filter(isReady);
  const room = nodes.map(roomOf);
  const fits = room.reduce(
    (sum, node) => sum + Math.floor(Math.min(node.cpu / cpu, node.memory / memory)),
    0,
  );
  const seen = room.map((node) => `${node.cpu} CPU, ${(node.memory / 2 ** 30).toFixed(1)} GiB`).join('; ');
  const check = {
    id: 'cluster.capacity',
    claim: 'The nodes have room for the restored site',
    expected: `${replicas} × ${resources.cpu} CPU and ${resources.memory}`,
  };
  if (fits >= replicas)
    return { ...check, verdict: 'passed', seen: `${nodes.length} nodes that are ready: ${seen}` };
  throw new DrillError(
    'CLUSTER_NOT_READY',
    `the nodes have room for ${fits} of ${replicas} replicas with ${resources.cpu} CPU and ${resources.memory}`,
    {
      details: { nodes: seen || 'none is ready' },
      hint: 'Add nodes, or give scratch.replicas and scratch.resources smaller values: the report says so.',
    },
  );
}

function roomOf(node: KubernetesObject): { readonly cpu: number; readonly memory: number } {
  const { allocatable = {} } = (node['status'] ?? {}) as { allocatable?: { cpu?: string; memory?: string } };
  return { cpu: parseQuantity(allocatable.cpu ?? '0'), memory: parseQuantity(allocatable.memory ?? '0') };
}

function isReady(node: KubernetesObject): boolean {
  const { conditions = [] } = (node['status'] ?? {}) as {
    conditions?: readonly { readonly type: string; readonly status: string }[];
  };
  const { unschedulable = false } = (node['spec'] ?? {}) as { unschedulable?: boolean };
  return !unschedulable && conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}
