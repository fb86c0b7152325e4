import { randomBytes } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DrillError } from '../../src/model/errors.ts';
import { seconds } from '../../src/model/duration.ts';
import { stopProcess, type ProcessRef, type RunningProcess } from '../../src/support/processes.ts';
import { startAuthoritative } from './authoritative.ts';
import { startResolver } from './resolver.ts';
import { giveToUnprivileged } from './unprivileged.ts';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface DnsOptions {
  /** Made if absent. The user `nobody` must be able to reach it when we run as root. */
  readonly directory: string;
  /** Without a dot at the end: `drill.test`. */
  readonly zone: string;
  /** Name to IPv4 address; names in full, or without the zone. */
  readonly records: Readonly<Record<string, string>>;
  /** How long resolvers may keep an answer, in seconds: DNS's own unit. */
  readonly ttl: number;
  /** Where the caching resolvers listen, each on a port of its own. */
  readonly resolverAddresses?: readonly string[];
  /** Whoever is in this range may ask the first resolver, which listens at port 53 of this address too. */
  readonly pods?: { readonly range: string; readonly ask: string };
  /** Outlive the process that starts them. */
  readonly detached?: boolean;
}

export interface LabDns {
  readonly authoritative: Endpoint;
  readonly resolvers: readonly Endpoint[];
  /** In BIND's format, as `nsupdate -k` reads it. Mode 0600. */
  readonly keyFile: string;
  readonly keyName: string;
  readonly algorithm: string;
  /** The same key's secret, base64. */
  readonly keySecret: string;
  readonly processes: readonly ProcessRef[];
  stop(): Promise<void>;
}

const KEY = { name: 'drill-key', algorithm: 'hmac-sha256' };

/**
 * An authoritative server for one zone that takes signed updates (RFC 2136), and caching resolvers that answer for
 * that zone and refuse everything else, so that no look-up ever leaves the machine. Rejects with LAB_FAILED.
 */
export async function startDns(options: DnsOptions): Promise<LabDns> {
  const { directory, resolverAddresses = ['127.0.0.3', '127.0.0.4'], pods } = options;
  const started: RunningProcess[] = [];
  const stop = async (): Promise<void> => {
    // Resolvers first: they would only complain about the server they ask.
    for (const process of started.toReversed()) await stopProcess(process, { grace: seconds(5) });
  };
  try {
    await mkdir(directory, { recursive: true });
    const secret = randomBytes(32).toString('base64');
    const keyFile = await writeKey(directory, secret);
    const shared = {
      ...options,
      keyFile,
      keyName: KEY.name,
      onStart: (process: RunningProcess) => started.push(process),
    };
    const authoritative = await startAuthoritative(shared);
    const resolvers: Endpoint[] = [];
    for (const [index, address] of resolverAddresses.entries()) {
      const settings =
        pods && index === 0 ? [`interface: ${pods.ask}@53`, `access-control: ${pods.range} allow`] : [];
      resolvers.push(await startResolver({ ...shared, address, authoritative, settings }));
    }
    const processes = started.map(({ pid, startTime }) => ({ pid, startTime }));
    return {
      authoritative,
      resolvers,
      keyFile,
      keyName: KEY.name,
      algorithm: KEY.algorithm,
      keySecret: secret,
      processes,
      stop,
    };
  } catch (cause) {
    await stop();
    if (cause instanceof DrillError) throw cause;
    throw new DrillError('LAB_FAILED', "the lab's DNS could not be started", {
      cause,
      details: { directory },
    });
  }
}

async function writeKey(directory: string, secret: string): Promise<string> {
  const file = path.join(directory, 'drill.key');
  await writeFile(file, `key "${KEY.name}" {\n  algorithm ${KEY.algorithm};\n  secret "${secret}";\n};\n`, {
    mode: 0o600,
  });
  await chmod(file, 0o600);
  await giveToUnprivileged(file);
  return file;
}
