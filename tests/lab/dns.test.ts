import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDns, type DnsOptions } from '../../lab/dns/index.ts';
import { openDnsZone } from '../../src/providers/dns/index.ts';
import { resolveAt } from '../../src/providers/dns/resolvers.ts';
import { formatEndpoint } from '../../src/support/endpoint.ts';
import { isRunning, stopProcess } from '../../src/support/processes.ts';

let directory: string;
let options: DnsOptions;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'muster-test-lab-dns-'));
  await chmod(directory, 0o755);
  options = {
    directory: path.join(directory, 'dns'),
    zone: 'drill.test',
    records: { chat: '127.0.0.5' },
    ttl: 1,
  };
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('the lab’s DNS', () => {
  it('is ended by its processes’ references alone, as another process would', async () => {
    const dns = await startDns({ ...options, detached: true });
    expect(dns.processes.map(isRunning)).toEqual([true, true, true]);
    for (const ref of JSON.parse(JSON.stringify(dns.processes)) as typeof dns.processes)
      await stopProcess(ref);
    expect(dns.processes.map(isRunning)).toEqual([false, false, false]);
    await dns.stop();
  }, 30_000);

  it('starts again in the same folder with its first records, whatever was updated', async () => {
    const first = await startDns(options);
    await using zone = await openDnsZone(
      {
        kind: 'rfc2136',
        server: formatEndpoint(first.authoritative),
        zone: 'drill.test',
        key: { name: first.keyName, algorithm: first.algorithm },
      },
      first,
    );
    await zone.point('chat.drill.test', '127.0.0.6', { ttl: 1 });
    await first.stop();

    const second = await startDns(options);
    try {
      const seen = await resolveAt(formatEndpoint(second.authoritative), 'chat.drill.test');
      expect(seen.addresses).toEqual(['127.0.0.5']);
    } finally {
      await second.stop();
    }
  }, 30_000);

  it('keeps its key from other users', async () => {
    const dns = await startDns({ ...options, resolverAddresses: [] });
    expect((await stat(dns.keyFile)).mode & 0o777).toBe(0o600);
    await dns.stop();
  }, 30_000);

  it('ends what it has started and shows the log when a server does not come up', async () => {
    await expect(startDns({ ...options, records: { chat: 'not an address' } })).rejects.toMatchObject({
      code: 'LAB_FAILED',
      details: { log: expect.stringMatching(/\S/) },
    });
  }, 30_000);
});
