import { Resolver } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Milliseconds } from '../../model/duration.ts';
import { DrillError } from '../../model/errors.ts';
import type { DnsAnswer, DnsCallOptions } from './contract.ts';

export interface AskOptions extends DnsCallOptions {
  /** How long to wait for one answer; it is asked for twice. */
  readonly timeout?: Milliseconds;
}

/**
 * Asks one server ("address:port") for a name's addresses. A name that does not exist, or has no address, gives an
 * empty answer; a server that is silent, refuses or fails rejects with DNS_UNREACHABLE.
 */
export async function resolveAt(
  server: string,
  name: string,
  { signal, timeout = 2_000 }: AskOptions = {},
): Promise<DnsAnswer> {
  signal?.throwIfAborted();
  const resolver = new Resolver({ timeout, tries: 2 });
  resolver.setServers([server]);
  const cancel = (): void => resolver.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    const families = await Promise.all([
      orNothing(resolver.resolve4(name, { ttl: true })),
      orNothing(resolver.resolve6(name, { ttl: true })),
    ]);
    const records = families.flat();
    return { addresses: records.map(({ address }) => address), ttl: leastTtl(records) };
  } catch (cause) {
    signal?.throwIfAborted();
    throw unreachable(server, name, cause);
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

export interface ResolverProgress {
  readonly resolver: string;
  /** Since the watch began. */
  readonly after: Milliseconds;
  /** What it answered; undefined when it did not. */
  readonly answer: DnsAnswer | undefined;
  readonly switched: boolean;
}

export interface WatchOptions extends DnsCallOptions {
  readonly name: string;
  /** The one address that every resolver should end up with. */
  readonly expected: string;
  readonly resolvers: readonly string[];
  readonly timeout: Milliseconds;
  readonly interval?: Milliseconds;
  /** Told of each change that a resolver's answer makes. */
  readonly onProgress?: (progress: ResolverProgress) => void;
}

export interface ObservedSwitch {
  readonly resolver: string;
  /** From the beginning of the watch to the first answer with the new address alone. Undefined: not within the time. */
  readonly switchedAfter: Milliseconds | undefined;
  /** The longest remaining TTL, in seconds, seen on an answer that was still old. */
  readonly oldAnswerTtl: number | undefined;
  readonly lastAnswer: DnsAnswer | undefined;
  /** Why the last question was not answered. */
  readonly lastError: string | undefined;
}

/**
 * Watches caching resolvers take over a new address. Begin it right after the switch. It resolves when all of them
 * have it or the time is up; who never had it has no `switchedAfter`. Rejects only when the signal aborts.
 */
export async function watchSwitch({
  resolvers,
  ...options
}: WatchOptions): Promise<readonly ObservedSwitch[]> {
  return Promise.all(resolvers.map((resolver) => watchOne(resolver, options)));
}

async function watchOne(
  resolver: string,
  { name, expected, timeout, interval = 100, signal, onProgress }: Omit<WatchOptions, 'resolvers'>,
): Promise<ObservedSwitch> {
  const started = performance.now();
  let oldAnswerTtl: number | undefined;
  let lastAnswer: DnsAnswer | undefined;
  let lastError: string | undefined;
  let reported: string | undefined;
  for (;;) {
    const answer = await resolveAt(resolver, name, { signal }).catch((error: unknown) => {
      signal?.throwIfAborted();
      lastError = error instanceof Error ? error.message : String(error);
      return undefined;
    });
    const after = performance.now() - started;
    const switched = answer?.addresses.length === 1 && answer.addresses[0] === expected;
    if (answer) [lastAnswer, lastError] = [answer, undefined];
    if (answer && !switched) oldAnswerTtl = Math.max(oldAnswerTtl ?? 0, answer.ttl);

    const seen = answer ? answer.addresses.join(' ') : 'no answer';
    if (seen !== reported) onProgress?.({ resolver, after, answer, switched });
    reported = seen;

    if (switched || after >= timeout) {
      return { resolver, switchedAfter: switched ? after : undefined, oldAnswerTtl, lastAnswer, lastError };
    }
    await sleep(interval, undefined, { signal });
  }
}

/** Codes of node:dns that are an answer: there is no such name, or it has no record of this type. */
const NOTHING = ['ENOTFOUND', 'ENODATA'];

async function orNothing<T>(records: Promise<T[]>): Promise<T[]> {
  return records.catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && NOTHING.includes(String(error.code))) return [];
    throw error;
  });
}

function leastTtl(records: readonly { ttl: number }[]): number {
  return records.length === 0 ? 0 : Math.min(...records.map(({ ttl }) => ttl));
}

const REASONS: Readonly<Record<string, string>> = {
  EREFUSED: 'refuses to answer for it (REFUSED)',
  ESERVFAIL: 'could not find out (SERVFAIL)',
  ETIMEOUT: 'does not answer in time',
  ECONNREFUSED: 'is not there (connection refused)',
};

function unreachable(server: string, name: string, cause: unknown): DrillError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  return new DrillError(
    'DNS_UNREACHABLE',
    `the DNS server ${server}, asked for ${name}, ${REASONS[code] ?? `fails with ${code}`}`,
    {
      cause,
      hint: 'Check the address and port, and that this machine may ask it about this zone.',
      details: { server, name },
    },
  );
}
