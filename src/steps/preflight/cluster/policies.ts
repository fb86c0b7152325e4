import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { DrillError } from '../../../model/errors.ts';
import type { Destination } from '../../../model/facts.ts';
import { inBatches } from '../../../support/in-batches.ts';
import type { KubernetesObject } from '../../../support/velero-tarball.ts';
import { OWN } from '../../cluster/own-names.ts';

/** A destination where it is reached: policies know no names. */
export interface PlacedDestination extends Destination {
  readonly addresses: readonly string[];
}

/** Rejects with SCRATCH_NOT_SEALED for a name that cannot be resolved: nobody could reach it through a policy. */
export async function placeDestinations(
  destinations: readonly Destination[],
): Promise<readonly PlacedDestination[]> {
  return inBatches(destinations, 8, async (destination) => {
    const { host, purpose } = destination;
    if (isIP(host) !== 0) return { ...destination, addresses: [host] };
    const found = await lookup(host, { all: true }).catch((cause: unknown) => {
      throw new DrillError('SCRATCH_NOT_SEALED', `${host} (${purpose}) cannot be resolved on this machine`, {
        cause,
        hint: 'A network policy allows addresses. Put the name into DNS or /etc/hosts here.',
      });
    });
    return { ...destination, addresses: found.map(({ address }) => address) };
  });
}

/** Denies what leaves any pod of the namespace, and allows the declared destinations and the cluster's own DNS. */
export function networkPolicies(
  namespace: string,
  labels: Readonly<Record<string, string>>,
  destinations: readonly PlacedDestination[],
): readonly KubernetesObject[] {
  const policy = (name: string, egress: readonly unknown[]): KubernetesObject => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace, labels },
    spec: { podSelector: {}, policyTypes: ['Egress'], egress },
  });
  const onPort = (port: number) => ['TCP', 'UDP'].map((protocol) => ({ protocol, port }));
  return [
    policy(OWN.denyPolicy, []),
    policy(OWN.allowPolicy, [
      {
        to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
        ports: onPort(53),
      },
      ...destinations.map(({ addresses, port }) => ({
        to: addresses.map((address) => ({
          ipBlock: { cidr: `${address}/${isIP(address) === 6 ? 128 : 32}` },
        })),
        ports: onPort(port),
      })),
    ]),
  ];
}
