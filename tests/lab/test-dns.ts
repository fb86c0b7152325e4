import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startDns, type LabDns } from '../../lab/dns/index.ts';

export interface TestDns extends LabDns {
  readonly directory: string;
}

/** The lab's DNS in a folder of its own, which `stop` removes. TTL in seconds. */
export async function startTestDns(records: Readonly<Record<string, string>>, ttl: number): Promise<TestDns> {
  const directory = await mkdtemp(path.join(tmpdir(), 'muster-test-dns-'));
  // The servers run as another user, and mkdtemp lets nobody else in.
  await chmod(directory, 0o755);
  const dns = await startDns({ directory, zone: 'drill.test', records, ttl });
  return {
    ...dns,
    directory,
    async stop() {
      await dns.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
