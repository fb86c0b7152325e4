import type {
  KubernetesObject,
  V1LabelSelector,
  V1Namespace,
  V1NetworkPolicyPeer,
  V1NetworkPolicyPort,
  V1NetworkPolicySpec,
  V1Pod,
} from '@kubernetes/client-node';
import { POD_RANGE } from '../addresses.ts';
import { selects, type Labels } from './selectors.ts';

export const POLICY_TABLE = 'lab_policies';

/** As the API server gives it. */
export interface RawNetworkPolicy extends KubernetesObject {
  readonly spec?: Omit<V1NetworkPolicySpec, 'ingress' | 'podSelector'> & {
    readonly podSelector?: V1LabelSelector;
    readonly ingress?: readonly {
      readonly from?: V1NetworkPolicyPeer[];
      readonly ports?: V1NetworkPolicyPort[];
    }[];
  };
}

export interface ClusterView {
  readonly namespaces: readonly V1Namespace[];
  readonly pods: readonly V1Pod[];
  readonly policies: readonly RawNetworkPolicy[];
}

/** A pod that has an address of its own. */
interface Place {
  readonly address: string;
  readonly namespace: string;
  readonly labels: Labels;
  /** Name → number. */
  readonly ports: ReadonlyMap<string, number>;
}

/** The two ways that a policy looks at: where it matches the other side, and what it calls its rules. */
const DIRECTIONS = {
  Egress: { other: 'daddr', own: 'saddr', chain: 'egress' },
  Ingress: { other: 'saddr', own: 'daddr', chain: 'ingress' },
} as const;

type Direction = keyof typeof DIRECTIONS;

/**
 * The cluster's NetworkPolicies as rules for `nft -f -`, which take the place of those before in one go. What comes
 * from the node itself is not held up, as policies demand it. An address in the pods' range that no known pod has
 * reaches nothing: a pod that has just begun waits until its policies are in force.
 *
 * Meaning: https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export function policyRuleset(view: ClusterView): string {
  const places = view.pods.flatMap(placeOf);
  const directions = Object.keys(DIRECTIONS) as Direction[];
  const pods = directions.flatMap((direction) =>
    places.map((place) => ({
      direction,
      place,
      name: `${DIRECTIONS[direction].chain}_${place.address.replaceAll('.', '_')}`,
      rules: rulesFor(direction, place, places, view),
    })),
  );
  const mapOf = (direction: Direction) =>
    pods
      .filter((pod) => pod.direction === direction)
      .map(({ place, name, rules }) => `${place.address} : ${rules ? `goto ${name}` : 'return'}`);
  return [
    `table inet ${POLICY_TABLE} {}`,
    `delete table inet ${POLICY_TABLE}`,
    `table inet ${POLICY_TABLE} {`,
    ...pods.flatMap(({ name, rules }) => (rules ? chain(name, [...rules, 'drop']) : [])),
    ...directions.flatMap((direction) => {
      const { chain: name, own } = DIRECTIONS[direction];
      return chain(name, [...vmap(own, mapOf(direction)), 'drop']);
    }),
    ...chain('forward', [
      'type filter hook forward priority filter',
      ...ALWAYS,
      `ip saddr ${POD_RANGE} jump egress`,
      `ip daddr ${POD_RANGE} jump ingress`,
    ]),
    ...chain('input', [
      'type filter hook input priority filter',
      ...ALWAYS,
      `ip saddr ${POD_RANGE} jump egress`,
    ]),
    '}',
    '',
  ].join('\n');
}

const ALWAYS = [
  'iifname "lo" accept',
  // Pods have no IPv6; the kernel gives their links an address of that kind all the same.
  'meta nfproto ipv6 drop',
  `iifname "veth*" ip saddr != ${POD_RANGE} drop`,
  'ct state established,related accept',
];

const chain = (name: string, rules: readonly string[]): string[] => [
  `  chain ${name} {`,
  ...rules.map((rule) => `    ${rule}`),
  '  }',
];

const vmap = (side: string, elements: readonly string[]): string[] =>
  elements.length === 0 ? [] : [`ip ${side} vmap { ${elements.join(', ')} }`];

function placeOf({ metadata, spec, status }: V1Pod): Place[] {
  const ended = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  if (!status?.podIP || spec?.hostNetwork || ended) return [];
  const ports = (spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  return [
    {
      address: status.podIP,
      namespace: metadata?.namespace ?? '',
      labels: metadata?.labels ?? {},
      ports: new Map(ports.flatMap(({ name, containerPort }) => (name ? [[name, containerPort]] : []))),
    },
  ];
}

/** What this pod may do, or may be sent; undefined when no policy speaks of it: then everything. */
function rulesFor(
  direction: Direction,
  place: Place,
  places: readonly Place[],
  { namespaces, policies }: ClusterView,
): string[] | undefined {
  const mine = policies.filter(
    ({ metadata, spec }) =>
      metadata?.namespace === place.namespace &&
      spec !== undefined &&
      selects(spec.podSelector ?? {}, place.labels) &&
      (spec.policyTypes ?? ['Ingress']).includes(direction),
  );
  if (mine.length === 0) return undefined;
  const { other } = DIRECTIONS[direction];
  const allowed = mine.flatMap(({ metadata, spec }) =>
    direction === 'Egress'
      ? (spec?.egress ?? []).map(({ to, ports }) => ({ peers: to, ports, namespace: metadata?.namespace }))
      : (spec?.ingress ?? []).map(({ from, ports }) => ({
          peers: from,
          ports,
          namespace: metadata?.namespace,
        })),
  );
  return [
    // Nobody is kept from itself.
    `ip ${other} ${place.address} return`,
    ...allowed.flatMap(({ peers = [], ports = [], namespace = '' }) =>
      (peers.length === 0
        ? [{ match: '', target: undefined }]
        : peers.flatMap((peer) => sidesOf(peer, namespace))
      ).flatMap(({ match, target }) =>
        portsOf(ports, direction === 'Ingress' ? place : target).map((port) =>
          [match, port, 'return'].filter(Boolean).join(' '),
        ),
      ),
    ),
  ];

  /** Where the other side may be, as matches; with the pod that it is, where it is one. */
  function sidesOf(
    { ipBlock, podSelector, namespaceSelector }: V1NetworkPolicyPeer,
    namespace: string,
  ): { match: string; target: Place | undefined }[] {
    if (ipBlock) {
      const except = ipBlock.except?.length ? ` ip ${other} != { ${ipBlock.except.join(', ')} }` : '';
      return [{ match: `ip ${other} ${ipBlock.cidr}${except}`, target: undefined }];
    }
    const chosen = new Set(
      namespaceSelector
        ? namespaces
            .filter(({ metadata }) => selects(namespaceSelector, metadata?.labels ?? {}))
            .map(({ metadata }) => metadata?.name)
        : [namespace],
    );
    return places
      .filter((one) => chosen.has(one.namespace) && selects(podSelector ?? {}, one.labels))
      .map((one) => ({ match: `ip ${other} ${one.address}`, target: one }));
  }
}

/** As matches: an empty one for any port, none for a name that the target does not know. */
function portsOf(ports: readonly V1NetworkPolicyPort[], target: Place | undefined): string[] {
  if (ports.length === 0) return [''];
  return ports.flatMap(({ protocol = 'TCP', port, endPort }) => {
    const transport = protocol.toLowerCase();
    if (port === undefined) return [`meta l4proto ${transport}`];
    const number = typeof port === 'number' ? port : target?.ports.get(port);
    if (number === undefined) return [];
    return [`${transport} dport ${number}${endPort === undefined ? '' : `-${endPort}`}`];
  });
}
