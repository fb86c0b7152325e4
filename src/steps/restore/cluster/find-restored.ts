import type { CallOptions, Cluster } from '../../../providers/cluster/index.ts';
import type { KubernetesObject } from '../../../support/velero-tarball.ts';
import { RUN_LABEL } from '../../cluster/scratch-cluster.ts';
import { wholeInventory } from '../../cluster/whole-inventory.ts';
import { isMadeInEveryNamespace } from './left-out.ts';
import type { ClusterPlan } from './plan-restore.ts';

/**
 * What stands in the scratch namespace, but for what this run and the cluster itself have put there. Kinds of the
 * backup are asked for in the version that they were saved in, or they could not be compared.
 */
export async function findRestored(
  cluster: Cluster,
  namespace: string,
  { expected }: Pick<ClusterPlan, 'expected'>,
  options: CallOptions,
): Promise<readonly KubernetesObject[]> {
  const kinds = new Map(
    expected.map(({ apiVersion, kind }) => [`${groupOf(apiVersion)} ${kind}`, { apiVersion, kind }]),
  );
  const found: KubernetesObject[] = [];
  for (const kind of kinds.values()) {
    if (await cluster.hasKind(kind, options))
      found.push(...(await cluster.list({ ...kind, namespace }, options)));
  }
  const objects = await wholeInventory(cluster, namespace, options);
  found.push(...objects.filter(({ apiVersion, kind }) => !kinds.has(`${groupOf(apiVersion)} ${kind}`)));
  return found.filter(
    (object) => !isOfTheCluster(object) && object.metadata.labels?.[RUN_LABEL] === undefined,
  );
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}

function isOfTheCluster(object: KubernetesObject): boolean {
  return OF_THE_CLUSTER.includes(object.kind) || isMadeInEveryNamespace(object);
}

const OF_THE_CLUSTER = ['Event', 'Endpoints', 'EndpointSlice', 'Lease', 'PodMetrics'];
