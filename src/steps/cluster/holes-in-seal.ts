import type { StepContext } from '../../model/drill.ts';
import { OWN } from './own-names.ts';
import { RUN_LABEL, type ScratchCluster } from './scratch-cluster.ts';

/** What is wrong with the policies of the scratch namespace: they add up, so that one more could open what is denied. */
export async function holesInSeal(
  { runId, signal }: Pick<StepContext, 'runId' | 'signal'>,
  { cluster, settings }: ScratchCluster,
): Promise<readonly string[]> {
  const { namespace } = settings;
  const kind = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', namespace };
  const policies = await cluster.list(kind, { signal });
  const own = policies.filter(({ metadata }) => metadata.labels?.[RUN_LABEL] === runId);
  const denies = own.some(({ metadata }) => metadata.name === OWN.denyPolicy);
  return [
    ...(denies ? [] : ['the policy that denies is gone']),
    ...policies
      .filter((policy) => !own.includes(policy))
      .map(({ metadata }) => `policy ${metadata.name} is not ours`),
  ];
}
