import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startProcess, type RunningProcess } from '../../src/support/processes.ts';
import { requireTool } from '../../src/support/tools.ts';
import { findDnsPort, waitUntilAnswering } from './answering.ts';
import type { DnsOptions, Endpoint } from './index.ts';
import { asUnprivileged, copyProgram, createUnprivilegedFolder } from './unprivileged.ts';

interface AuthoritativeOptions extends DnsOptions {
  readonly keyFile: string;
  readonly keyName: string;
  /** Told as soon as the process exists, so that it can be ended whatever happens next. */
  readonly onStart: (process: RunningProcess) => void;
}

/** BIND for one zone, with updates for whoever holds the key. */
export async function startAuthoritative({
  directory,
  detached = false,
  onStart,
  ...options
}: AuthoritativeOptions): Promise<Endpoint> {
  const folder = path.join(directory, 'authoritative');
  await createUnprivilegedFolder(folder);
  const program = await copyProgram(await requireTool('named'), folder);
  // BIND listens only on addresses that an interface has: 127.0.0.1, though all of 127.0.0.0/8 is ours.
  const endpoint = { address: '127.0.0.1', port: await findDnsPort('127.0.0.1') };
  const config = path.join(folder, 'named.conf');
  await writeFile(config, describeServer(folder, endpoint, options));
  await writeFile(path.join(folder, 'zone.db'), describeZone(options));
  // Updates of an earlier start in the same folder would not fit the new file, and BIND would refuse the zone.
  await rm(path.join(folder, 'zone.db.jnl'), { force: true });

  const logFile = path.join(folder, 'named.log');
  await rm(logFile, { force: true });
  const running = await startProcess({
    ...(await asUnprivileged(program, ['-g', '-c', config])),
    logFile,
    detached,
  });
  onStart(running);
  await waitUntilAnswering({ endpoint, zone: options.zone, logFile, program: 'BIND', running });
  return endpoint;
}

function describeServer(
  folder: string,
  { address, port }: Endpoint,
  { zone, keyFile, keyName }: Pick<AuthoritativeOptions, 'zone' | 'keyFile' | 'keyName'>,
): string {
  return `include "${keyFile}";
controls {};
options {
  directory "${folder}";
  pid-file "${folder}/named.pid";
  lock-file none;
  session-keyfile "${folder}/session.key";
  managed-keys-directory "${folder}";
  listen-on port ${port} { ${address}; };
  listen-on-v6 { none; };
  allow-query { 127.0.0.0/8; };
  allow-transfer { none; };
  recursion no;
  empty-zones-enable no;
  notify no;
  minimal-responses yes;
};
zone "${zone}" {
  type primary;
  file "${folder}/zone.db";
  update-policy { grant ${keyName} zonesub ANY; };
};
`;
}

function describeZone({ zone, records, ttl }: Pick<DnsOptions, 'zone' | 'records' | 'ttl'>): string {
  const lines = Object.entries(records).map(([name, address]) => `${inFull(name, zone)} IN A ${address}`);
  return `$TTL ${ttl}
@ IN SOA ns.${zone}. hostmaster.${zone}. ( 1 3600 600 86400 ${ttl} )
@ IN NS ns.${zone}.
ns.${zone}. IN A 127.0.0.1
${lines.join('\n')}
`;
}

function inFull(name: string, zone: string): string {
  return name === zone || name.endsWith(`.${zone}`) ? `${name}.` : `${name}.${zone}.`;
}
