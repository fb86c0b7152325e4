import type { Check } from '../../../model/check.ts';
import { DrillError } from '../../../model/errors.ts';
import { formatEndpoint, type Endpoint } from '../../../support/endpoint.ts';
import type { Reach } from './probe.ts';

/** A round of a probe pod, and whether it was the one that was waited for. */
export interface Round {
  readonly held: boolean;
  readonly seen: Readonly<Record<string, Reach>>;
}

/** What pods of our own have seen of a namespace and its policies. */
export interface SealSeen {
  readonly namespace: string;
  /** Declared, and so allowed. */
  readonly endpoints: readonly Endpoint[];
  /** Held: the API server was reached while nothing was denied. */
  readonly before: Round;
  /** Held: it was not any more, with the policies there. */
  readonly after: Round;
  /** Of a pod that began with the policies there: the same, and what it ever reached. Undefined: there was none. */
  readonly young?: (Pick<Round, 'held'> & { readonly everOpen: readonly string[] }) | undefined;
}

/** The check `scratch.sealed`. Pure. Throws SCRATCH_NOT_SEALED where policies have no effect at all. */
export function judgeSeal({ namespace, endpoints, before, after, young }: SealSeen): Check {
  const check = {
    id: 'scratch.sealed',
    claim: 'The restored copy will live where nothing but declared destinations can be reached',
    expected: 'a namespace whose policies deny what leaves it, seen from a pod in it',
  };
  const weak = (seen: string, hint: string): Check => ({
    ...check,
    verdict: 'unverified',
    seen,
    code: 'WEAK_ISOLATION',
    hint,
  });
  if (!before.held)
    return weak(
      'the probe pod could not reach the API server even before anything was denied: it proves nothing',
      'Take older policies for the whole cluster into account; scratch.probeImage must bring sh, nc and tr.',
    );
  if (!after.held)
    throw new DrillError(
      'SCRATCH_NOT_SEALED',
      `network policies have no effect in namespace ${namespace}: a pod there still reaches the API server`,
      {
        hint: 'The cluster’s network must enforce NetworkPolicy (on EKS: the VPC CNI’s network policy agent; on AKS: Azure or Cilium).',
      },
    );
  if (young === undefined || (!young.held && young.everOpen.length === 0))
    return weak(
      'a pod that was started after the policies did not tell what it reaches',
      'Pods of the site begin with the policies there: see the log of the probe, and why the node lets it wait.',
    );
  if (young.everOpen.length > 0)
    return weak(
      `a pod that was started after the policies reached ${young.everOpen.join(', ')} in its first moments`,
      'The cluster’s network enforces policies only some time after a pod has begun. On EKS, set the VPC CNI’s NETWORK_POLICY_ENFORCING_MODE to strict.',
    );
  const opened = endpoints.map(formatEndpoint).filter((endpoint) => after.seen[endpoint] === 'open');
  return {
    ...check,
    verdict: 'passed',
    seen: `the API server was reached before and is not any more, nor by a pod that is younger; open: ${opened.join(', ') || 'nothing'}`,
  };
}
