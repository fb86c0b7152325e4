import { DrillError } from '../../model/errors.ts';
import type { CallOptions, Cluster } from '../../providers/cluster/index.ts';
import { someOf } from '../../support/some-of.ts';
import type { KubernetesObject } from '../../support/velero-tarball.ts';

/** Every object of a namespace. Rejects with CLUSTER_REFUSED where the cluster shows less: "nothing else" would be a guess. */
export async function wholeInventory(
  cluster: Cluster,
  namespace: string,
  options: CallOptions,
): Promise<readonly KubernetesObject[]> {
  const { objects, unseen } = await cluster.inventory(namespace, options);
  if (unseen.length === 0) return objects;
  throw new DrillError(
    'CLUSTER_REFUSED',
    `the cluster does not show all that stands in namespace ${namespace}: ${someOf(unseen)}`,
    {
      hint: 'Nothing can be said of what is not seen. Grant `list` for it, or mend its API service: `kubectl get apiservices`.',
    },
  );
}
