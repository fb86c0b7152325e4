import { startResolver } from '../../lab/dns/resolver.ts';
import { formatEndpoint } from '../../src/support/endpoint.ts';
import { stopProcess, type RunningProcess } from '../../src/support/processes.ts';
import type { TestDns } from './test-dns.ts';

export interface TestResolver extends AsyncDisposable {
  /** "address:port" */
  readonly endpoint: string;
}

/** A resolver like the lab's, with lines of its own in Unbound's `server:` section. */
export async function startTestResolver(dns: TestDns, settings: readonly string[]): Promise<TestResolver> {
  const started: RunningProcess[] = [];
  const endpoint = await startResolver({
    directory: dns.directory,
    zone: 'drill.test',
    address: '127.0.0.9',
    authoritative: dns.authoritative,
    ttl: 2,
    settings,
    onStart: (process) => void started.push(process),
  });
  return {
    endpoint: formatEndpoint(endpoint),
    async [Symbol.asyncDispose]() {
      for (const process of started) await stopProcess(process);
    },
  };
}
