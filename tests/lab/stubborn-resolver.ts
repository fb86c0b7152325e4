import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findDnsPort, waitUntilAnswering } from '../../lab/dns/answering.ts';
import { asUnprivileged, copyProgram, createUnprivilegedFolder } from '../../lab/dns/unprivileged.ts';
import { formatEndpoint } from '../support/format-endpoint.ts';
import { startProcess, stopProcess } from '../../src/support/processes.ts';
import { requireTool } from '../../src/support/tools.ts';
import type { TestDns } from './test-dns.ts';

export interface StubbornResolver extends AsyncDisposable {
  /** "address:port" */
  readonly endpoint: string;
}

/** A resolver like the lab's that keeps every answer for so many seconds, whatever its TTL says. */
export async function startStubbornResolver(dns: TestDns, keeps: number): Promise<StubbornResolver> {
  const [model] = dns.resolvers;
  const address = '127.0.0.9';
  const endpoint = { address, port: await findDnsPort(address) };
  const folder = path.join(dns.directory, `stubborn-${endpoint.port}`);
  await createUnprivilegedFolder(folder);
  const like = await readFile(path.join(dns.directory, `resolver-${model?.address}`, 'unbound.conf'), 'utf8');
  const config = path.join(folder, 'unbound.conf');
  await writeFile(
    config,
    like
      .replace(/interface: .*/, `interface: ${address}@${endpoint.port}\n  cache-min-ttl: ${keeps}`)
      .replace(/directory: .*/, `directory: "${folder}"`),
  );
  const program = await copyProgram(await requireTool('unbound'), folder);
  const logFile = path.join(folder, 'unbound.log');
  const running = await startProcess({
    ...(await asUnprivileged(program, ['-d', '-p', '-c', config])),
    logFile,
  });
  await waitUntilAnswering({ endpoint, zone: 'drill.test', logFile, program: 'Unbound', running });
  return {
    endpoint: formatEndpoint(endpoint),
    [Symbol.asyncDispose]: async () => void (await stopProcess(running)),
  };
}
