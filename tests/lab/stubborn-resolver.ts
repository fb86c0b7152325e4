import { startResolver } from '../../lab/dns/resolver.ts';
import { formatEndpoint } from '../support/format-endpoint.ts';
import { stopProcess, type RunningProcess } from '../../src/support/processes.ts';
import type { TestDns } from './test-dns.ts';

export interface StubbornResolver extends AsyncDisposable {
  /** "address:port" */
  readonly endpoint: string;
}

/** A resolver like the lab's that keeps every answer for so many seconds, whatever its TTL says. */
export async function startStubbornResolver(dns: TestDns, keeps: number): Promise<StubbornResolver> {
  const started: RunningProcess[] = [];
  const endpoint = await startResolver({
    directory: dns.directory,
    zone: 'drill.test',
    address: '127.0.0.9',
    authoritative: dns.authoritative,
    ttl: 2,
    settings: [`cache-min-ttl: ${keeps}`],
    onStart: (process) => void started.push(process),
  });
  return {
    endpoint: formatEndpoint(endpoint),
    async [Symbol.asyncDispose]() {
      for (const process of started) await stopProcess(process);
    },
  };
}
