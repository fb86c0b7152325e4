import { Resolver } from 'node:dns/promises';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import type { DnsConfig } from '../../model/config.ts';
import { DrillError } from '../../model/errors.ts';
import { parseEndpoint } from '../../support/endpoint.ts';
import { requireTool } from '../../support/tools.ts';
import type { DnsCallOptions, DnsZone } from './contract.ts';
import { resolveAt } from './resolvers.ts';

export type Rfc2136Config = Extract<DnsConfig, { kind: 'rfc2136' }>;

/** The settings that this provider needs; the rest of the section is the steps' business. */
export interface Rfc2136Options {
  readonly kind: 'rfc2136';
  /** "address:port" of the authoritative server. */
  readonly server: string;
  readonly zone: string;
  readonly key: Pick<Rfc2136Config['key'], 'name' | 'algorithm'>;
}

/** A zone whose server takes updates by RFC 2136, signed with a TSIG key (RFC 8945). `keySecret` is base64. */
export function openRfc2136({ server, zone, key }: Rfc2136Options, keySecret: string): DnsZone {
  const location = `rfc2136://${server}/${zone}`;

  return {
    location,
    canSwitch: true,

    current: (name, options) => resolveAt(server, name, options),

    async point(name, wanted, { ttl, signal }) {
      const addresses = [wanted].flat();
      await refuseAlias(name);
      await update(
        [
          ...removals(name),
          ...addresses.map((address) => `update add ${name}. ${ttl} ${typeOf(address)} ${address}`),
        ],
        signal,
      );
      await verify(name, addresses, signal);
    },

    async remove(name, { signal } = {}) {
      await update(removals(name), signal);
      await verify(name, [], signal);
    },

    async [Symbol.asyncDispose]() {},
  };

  /** Sends one message: all of it happens, or none. */
  async function update(lines: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    const nsupdate = await requireTool('nsupdate');
    const { address, port } = parseEndpoint(server);
    const directory = await mkdtemp(path.join(tmpdir(), 'muster-dns-'));
    try {
      // In a file of our own: arguments and environment of a process can be read by others.
      const keyFile = path.join(directory, 'update.key');
      const statement = `key "${key.name}" {\n  algorithm ${key.algorithm};\n  secret "${keySecret}";\n};\n`;
      await writeFile(keyFile, statement, { mode: 0o600 });
      const { failed, exitCode, all } = await execa(
        nsupdate,
        ['-k', keyFile, '-t', '8', '-u', '2', '-r', '1'],
        {
          input: [`server ${address} ${port}`, `zone ${zone}.`, ...lines, 'send', ''].join('\n'),
          all: true,
          reject: false,
          ...(signal && { cancelSignal: signal }),
        },
      );
      signal?.throwIfAborted();
      if (failed) throw explainRefusal({ server, zone, keyName: key.name, exitCode, output: all });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  /** An address record beside a CNAME is dropped without an error (RFC 2136, 3.4.2.2), so it would look done. */
  async function refuseAlias(name: string): Promise<void> {
    const resolver = new Resolver({ timeout: 2_000, tries: 2 });
    resolver.setServers([server]);
    const [target] = await resolver.resolveCname(name).catch(() => []);
    if (target === undefined) return;
    throw new DrillError(
      'CONFIG_INVALID',
      `${name} is an alias of ${target}, and only names with addresses can be switched`,
      {
        hint: `Set dns.name to the name that holds the address, such as ${target}.`,
        details: { server, zone },
      },
    );
  }

  async function verify(
    name: string,
    wanted: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { addresses } = await resolveAt(server, name, { signal } satisfies DnsCallOptions);
    if (addresses.toSorted().join() === wanted.toSorted().join()) return;
    throw new DrillError(
      'DNS_UNREACHABLE',
      `${server} took the update of ${name} but still answers ${addresses.join(', ') || 'nothing'} instead of ${wanted.join(', ') || 'nothing'}`,
      {
        hint: 'Look for another record of this name, or another process that writes to the zone.',
        details: { zone },
      },
    );
  }
}

const removals = (name: string): string[] => ['A', 'AAAA'].map((type) => `update delete ${name}. ${type}`);

const typeOf = (address: string): string => (isIPv6(address) ? 'AAAA' : 'A');

/** What nsupdate prints, and what it means. Names of the response codes: RFC 2136 2.2 and RFC 8945 5.3. */
const REFUSALS: readonly (readonly [pattern: RegExp, what: string, hint: string])[] = [
  [
    /BADSIG/,
    'does not accept the signature (BADSIG)',
    'The secret of the key is another one than the server has.',
  ],
  [
    /BADKEY/,
    'does not know the key (BADKEY)',
    'Check dns.key.name and dns.key.algorithm against the server.',
  ],
  [
    /BADTIME/,
    'says that our clock differs from its own (BADTIME)',
    'Set both clocks; TSIG allows five minutes.',
  ],
  [
    /REFUSED/,
    'refuses the update (REFUSED)',
    'The key is not allowed to change this name: see allow-update or update-policy.',
  ],
  [/NOTAUTH|NOTZONE/, 'is not the authority for the zone', 'Check dns.server and dns.zone.'],
  [
    /timed out|connection refused|host unreachable/i,
    'does not answer',
    'Check dns.server, and that it listens there.',
  ],
  [
    /bad (label|owner)|syntax|could not (read|parse)|base64/i,
    'was never asked: nsupdate rejects its input',
    'Check name, zone and key in dns.',
  ],
];

interface Refusal {
  readonly server: string;
  readonly zone: string;
  readonly keyName: string;
  readonly exitCode: number | undefined;
  readonly output: string;
}

function explainRefusal({ server, zone, keyName, exitCode, output }: Refusal): DrillError {
  const known = REFUSALS.find(([pattern]) => pattern.test(output));
  const [, what, hint] = known ?? [
    undefined,
    `could not be updated (nsupdate ended with ${exitCode ?? 'a signal'})`,
    undefined,
  ];
  return new DrillError('DNS_UNREACHABLE', `the DNS server ${server} ${what}`, {
    hint,
    details: { zone, key: keyName, output: output.trim().split('\n').join(' | ') },
  });
}
