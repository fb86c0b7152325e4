import { isDeepStrictEqual } from 'node:util';
import type { StepContext } from '../../model/drill.ts';
import { RUN_LABEL, type ScratchCluster } from './scratch-cluster.ts';

/** What is wrong with the policies of the scratch namespace: they add up, so that one more could open what is denied. */
export async function holesInSeal(
  ctx: Pick<StepContext, 'runId' | 'signal' | 'get'>,
  { cluster, settings }: ScratchCluster,
): Promise<readonly string[]> {
  const { runId, signal } = ctx;
  const { namespace } = settings;
  const kind = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', namespace };
  const policies = await cluster.list(kind, { signal });
  const own = policies.filter(({ metadata }) => metadata.labels?.[RUN_LABEL] === runId);
  const network = ctx.get('network');
  const made = network.kind === 'cluster' ? network.policies : {};
  return [
    ...Object.entries(made).flatMap(([name, spec]) => {
      const stands = own.find(({ metadata }) => metadata.name === name);
      if (stands === undefined) return [`policy ${name} is gone`];
      return isDeepStrictEqual(stands['spec'], spec) ? [] : [`policy ${name} does not say what it said`];
    }),
    ...policies
      .filter((policy) => !own.includes(policy))
      .map(({ metadata }) => `policy ${metadata.name} is not ours`),
  ];
}
