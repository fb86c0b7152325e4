import { DrillError } from '../../../model/errors.ts';
import type { CallOptions } from '../../../providers/cluster/index.ts';
import { describeRight, SCRATCH_ROLE, scratchRights } from '../../cluster/rights.ts';
import type { ScratchCluster } from '../../cluster/scratch-cluster.ts';

/**
 * Takes the rights that a drill needs in the namespace that it has just made, and nowhere else: the role for it is bound
 * there to whoever we are. Rejects with CLUSTER_NOT_READY when they are not all had then.
 */
export async function grantSelf(
  { cluster, settings }: Pick<ScratchCluster, 'cluster' | 'settings'>,
  labels: Readonly<Record<string, string>>,
  options: CallOptions,
): Promise<void> {
  const { namespace } = settings;
  const needed = scratchRights(namespace);
  if ((await cluster.missingRights(needed, options)).length === 0) return;
  const review = await cluster.create(
    { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', metadata: { name: '' } },
    options,
  );
  const { userInfo } = review['status'] as { userInfo: { username: string } };
  const apiGroup = 'rbac.authorization.k8s.io';
  await cluster.create(
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'muster', namespace, labels },
      roleRef: { apiGroup, kind: 'ClusterRole', name: SCRATCH_ROLE },
      subjects: [{ apiGroup, kind: 'User', name: userInfo.username }],
    },
    options,
  );
  const missing = await cluster.missingRights(needed, options);
  if (missing.length === 0) return;
  throw new DrillError('CLUSTER_NOT_READY', `${missing.length} rights in the scratch namespace are missing`, {
    details: { missing: missing.map(describeRight).join('; ') },
    hint: `ClusterRole ${SCRATCH_ROLE} has to grant them: docs/kubernetes.md.`,
  });
}
