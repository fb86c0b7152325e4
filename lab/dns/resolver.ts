import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startProcess, type RunningProcess } from '../../src/support/processes.ts';
import { requireTool } from '../../src/support/tools.ts';
import { findDnsPort, waitUntilAnswering } from './answering.ts';
import type { Endpoint } from './index.ts';
import { asUnprivileged, copyProgram, createUnprivilegedFolder } from './unprivileged.ts';

interface ResolverOptions {
  readonly directory: string;
  readonly zone: string;
  readonly address: string;
  readonly authoritative: Endpoint;
  readonly ttl: number;
  /** Lines for its `server:` section: `cache-min-ttl: 60`. */
  readonly settings?: readonly string[];
  readonly detached?: boolean;
  readonly onStart: (process: RunningProcess) => void;
}

/** Unbound as a cache in front of the zone's server. It knows that zone alone and refuses all else. */
export async function startResolver(options: ResolverOptions): Promise<Endpoint> {
  const { directory, zone, address, detached = false, onStart } = options;
  const folder = path.join(directory, `resolver-${address}`);
  await createUnprivilegedFolder(folder);
  const program = await copyProgram(await requireTool('unbound'), folder);
  const endpoint = { address, port: await findDnsPort(address) };
  const config = path.join(folder, 'unbound.conf');
  await writeFile(config, describeResolver(folder, endpoint, options));

  const logFile = path.join(folder, 'unbound.log');
  const running = await startProcess({
    ...(await asUnprivileged(program, ['-d', '-p', '-c', config])),
    logFile,
    detached,
  });
  onStart(running);
  await waitUntilAnswering({ endpoint, zone, logFile, program: 'Unbound', running });
  return endpoint;
}

function describeResolver(
  folder: string,
  { address, port }: Endpoint,
  { zone, authoritative, ttl, settings = [] }: ResolverOptions,
): string {
  const topLevel = zone.slice(zone.lastIndexOf('.') + 1);
  // "test." and its like are answered from built-in data unless told otherwise; and without the refusal of ".",
  // it would ask the root servers for whatever a browser looks up by itself.
  return `server:
  username: ""
  chroot: ""
  directory: "${folder}"
  use-syslog: no
  logfile: ""
  interface: ${address}@${port}
  access-control: 127.0.0.0/8 allow
  num-threads: 1
  do-daemonize: no
  do-ip6: no
  do-not-query-localhost: no
  module-config: "iterator"
  cache-max-negative-ttl: ${ttl}
  local-zone: "${topLevel}." nodefault
  local-zone: "." refuse
  local-zone: "${zone}." transparent
${settings.map((line) => `  ${line}\n`).join('')}stub-zone:
  name: "${zone}"
  stub-addr: ${authoritative.address}@${authoritative.port}
remote-control:
  control-enable: no
`;
}
