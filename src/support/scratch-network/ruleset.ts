import { isIPv6 } from 'node:net';

/** Somewhere that may be reached, by address. */
export interface Opening {
  readonly address: string;
  readonly port: number;
}

/** New connections (TCP) or packets (UDP) of one user to one place, as the kernel has counted them. */
export interface Attempt {
  /** The user id of the process that tried. */
  readonly uid: number;
  readonly address: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly count: number;
}

/** The same for what is neither TCP nor UDP: by IP protocol number or name. */
export interface OtherAttempt {
  readonly uid: number;
  readonly protocol: string;
  readonly count: number;
}

export const TABLE = 'muster';

/** How many different destinations are told apart: a set that is full counts no new one. */
export const SET_SIZE = 65_535;

/**
 * nftables rules for a namespace without uplink (nft(8)): count every beginning of a connection by user, address,
 * protocol and port, and refuse at once what leads neither to this namespace's own loopback nor to an opening. Nothing
 * can leave either way: the rules are there to count, and to give programs an answer instead of a wait.
 */
export function ruleset(openings: readonly Opening[]): string {
  const key = (address: string) => `meta skuid . ${address} . meta l4proto . th dport`;
  const set = (name: string, type: string) =>
    `  set ${name} { typeof ${type}; flags dynamic; counter; size ${SET_SIZE}; }`;
  return [
    `table inet ${TABLE} {`,
    set('attempts4', key('ip daddr')),
    set('attempts6', key('ip6 daddr')),
    set('others', 'meta skuid . meta l4proto'),
    '  chain output {',
    '    type filter hook output priority 0; policy accept;',
    // What has begun was counted when it began.
    '    tcp flags & (fin | syn | rst | ack) != syn accept',
    '    udp sport 53 accept',
    `    meta l4proto { tcp, udp } add @attempts4 { ${key('ip daddr')} }`,
    `    meta l4proto { tcp, udp } add @attempts6 { ${key('ip6 daddr')} }`,
    '    meta l4proto != { tcp, udp } add @others { meta skuid . meta l4proto }',
    '    th dport 53 accept',
    '    ip daddr 127.0.0.0/8 accept',
    '    ip6 daddr ::1 accept',
    ...openings.map(
      ({ address, port }) =>
        `    ${isIPv6(address) ? 'ip6' : 'ip'} daddr ${address} tcp dport ${port} accept`,
    ),
    '    meta l4proto tcp reject with tcp reset',
    '    reject',
    '  }',
    '}',
    '',
  ].join('\n');
}

/** Reads `nft --json list table inet muster`. Throws when it is something else. */
export function parseCounters(json: string): {
  readonly attempts: readonly Attempt[];
  readonly others: readonly OtherAttempt[];
} {
  const { nftables } = JSON.parse(json) as { nftables: readonly { set?: CountedSet }[] };
  const elementsOf = (name: string) => {
    const set = nftables.map((object) => object.set).find((one) => one?.name === name);
    if (set === undefined) throw new Error(`there is no set "${name}" in the counters`);
    return (set.elem ?? []).map(({ elem }) => ({ words: elem.val.concat, count: elem.counter.packets }));
  };
  return {
    attempts: ['attempts4', 'attempts6'].flatMap(elementsOf).map(({ words, count }) => ({
      uid: Number(words[0]),
      address: String(words[1]),
      protocol: words[2] === 17 || words[2] === 'udp' ? 'udp' : 'tcp',
      port: Number(words[3]),
      count,
    })),
    others: elementsOf('others').map(({ words, count }) => ({
      uid: Number(words[0]),
      protocol: String(words[1]),
      count,
    })),
  };
}

interface CountedSet {
  readonly name: string;
  readonly elem?: readonly {
    readonly elem: {
      readonly val: { readonly concat: readonly (string | number)[] };
      readonly counter: { readonly packets: number };
    };
  }[];
}
