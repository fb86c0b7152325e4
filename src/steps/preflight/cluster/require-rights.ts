import type { Check } from '../../../model/check.ts';
import { DrillError } from '../../../model/errors.ts';
import type { CallOptions } from '../../../providers/cluster/index.ts';
import { describeRight, neededRights } from '../../cluster/rights.ts';
import type { ScratchCluster } from '../../cluster/scratch-cluster.ts';

/** Rejects with CLUSTER_NOT_READY that names every right that is missing. */
export async function requireRights(
  { cluster, settings }: ScratchCluster,
  options: CallOptions,
): Promise<Check> {
  const needed = neededRights(settings);
  const missing = await cluster.missingRights(needed, options);
  if (missing.length === 0)
    return {
      id: 'cluster.rights',
      claim: 'We may do in the cluster what a drill has to',
      verdict: 'passed',
      expected: `${needed.length} rights`,
      seen: 'all of them, by SelfSubjectAccessReview',
    };
  throw new DrillError(
    'CLUSTER_NOT_READY',
    `${missing.length} of ${needed.length} rights in the cluster are missing`,
    {
      details: { missing: missing.map(describeRight).join('; ') },
      hint: 'docs/kubernetes.md has the role that grants them, and nothing else.',
    },
  );
}
