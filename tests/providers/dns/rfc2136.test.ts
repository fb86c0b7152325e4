import { mkdtemp, readdir } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LabDns } from '../../../lab/dns/index.ts';
import { openDnsZone } from '../../../src/providers/dns/index.ts';
import { resolveAt, watchSwitch } from '../../../src/providers/dns/resolvers.ts';
import { formatEndpoint } from '../../../src/support/endpoint.ts';
import { requireTool } from '../../../src/support/tools.ts';
import { itSwitchesNames } from '../../contracts/dns-zone.contract.ts';
import { startTestDns, type TestDns } from '../../lab/test-dns.ts';

let dns: TestDns;
beforeAll(async () => {
  dns = await startTestDns({ chat: '127.0.0.5' }, 1);
}, 30_000);
afterAll(() => dns.stop());

let names = 0;
const freshName = (): string => `name-${++names}.drill.test`;

describe('an RFC 2136 zone', () => {
  itSwitchesNames({ freshName, open: () => openZone(), addresses: ['127.0.0.5', '127.0.0.6'] });

  it('is seen by every resolver once the TTL is over, and tells how long each took', async () => {
    await using zone = await openZone();
    const name = freshName();
    await zone.point(name, '127.0.0.5', { ttl: 2 });
    const resolvers = dns.resolvers.map(formatEndpoint);
    for (const resolver of resolvers) {
      expect((await resolveAt(resolver, name)).addresses).toEqual(['127.0.0.5']);
    }

    await zone.point(name, '127.0.0.6', { ttl: 2 });
    const progress: string[] = [];
    const observed = await watchSwitch({
      name,
      expected: '127.0.0.6',
      resolvers,
      timeout: 10_000,
      onProgress: ({ resolver, answer }) => progress.push(`${resolver} ${answer?.addresses.join()}`),
    });
    expect(observed.map(({ resolver }) => resolver)).toEqual(resolvers);
    for (const { resolver, switchedAfter, oldAnswerTtl } of observed) {
      expect(switchedAfter).toBeGreaterThan(0);
      expect(oldAnswerTtl).toBeLessThanOrEqual(2);
      expect(progress.filter((line) => line.startsWith(resolver))).toEqual([
        `${resolver} 127.0.0.5`,
        `${resolver} 127.0.0.6`,
      ]);
    }
  }, 30_000);

  it('says of a resolver that never switches that it did not', async () => {
    const resolvers = dns.resolvers.map(formatEndpoint);
    const observed = await watchSwitch({
      name: 'chat.drill.test',
      expected: '127.0.0.99',
      resolvers,
      timeout: 300,
    });
    expect(observed.map(({ switchedAfter }) => switchedAfter)).toEqual([undefined, undefined]);
    expect(observed[0]?.lastAnswer?.addresses).toEqual(['127.0.0.5']);
  });

  it('explains a wrong key as BADSIG, and changes nothing', async () => {
    await using zone = await openZone({ keySecret: Buffer.alloc(32, 1).toString('base64') });
    await expect(zone.point('chat.drill.test', '127.0.0.6', { ttl: 1 })).rejects.toMatchObject({
      code: 'DNS_UNREACHABLE',
      message: expect.stringContaining('BADSIG'),
    });
    expect((await zone.current('chat.drill.test')).addresses).toEqual(['127.0.0.5']);
  });

  it('explains a key that the server does not know as BADKEY', async () => {
    await using zone = await openZone({ keyName: 'another-key' });
    await expect(zone.point('chat.drill.test', '127.0.0.6', { ttl: 1 })).rejects.toMatchObject({
      code: 'DNS_UNREACHABLE',
      message: expect.stringContaining('BADKEY'),
    });
  });

  it('refuses to switch an alias instead of doing nothing', async () => {
    const { keyFile, authoritative } = dns;
    await execa(await requireTool('nsupdate'), ['-k', keyFile], {
      input: `server ${authoritative.address} ${authoritative.port}\nupdate add www.drill.test. 1 CNAME chat.drill.test.\nsend\n`,
    });
    await using zone = await openZone();
    await expect(zone.point('www.drill.test', '127.0.0.6', { ttl: 1 })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('chat.drill.test'),
    });
  });

  it('is DNS_UNREACHABLE when nobody listens, and leaves no key behind', async () => {
    const temporary = await mkdtemp(path.join(dns.directory, 'tmp-'));
    vi.stubEnv('TMPDIR', temporary);
    const gone = await openDnsZone(
      {
        kind: 'rfc2136',
        server: '127.0.0.1:1',
        zone: 'drill.test',
        key: { name: 'k', algorithm: 'hmac-sha256' },
      },
      { keySecret: dns.keySecret },
    );
    await expect(gone.remove('chat.drill.test')).rejects.toMatchObject({ code: 'DNS_UNREACHABLE' });
    await expect(gone.current('chat.drill.test')).rejects.toMatchObject({ code: 'DNS_UNREACHABLE' });
    vi.unstubAllEnvs();
    expect(await readdir(temporary)).toEqual([]);
  }, 30_000);
});

describe('the lab’s DNS', () => {
  it('refuses an update without a key', async () => {
    const { address, port } = dns.authoritative;
    const { failed, stderr } = await execa(await requireTool('nsupdate'), [], {
      input: `server ${address} ${port}\nzone drill.test.\nupdate add x.drill.test. 1 A 127.0.0.6\nsend\n`,
      reject: false,
    });
    expect(failed).toBe(true);
    expect(stderr).toContain('REFUSED');
  });

  it('refuses to look up anything outside its zone', async () => {
    for (const server of [dns.authoritative, ...dns.resolvers]) {
      await expect(resolveAt(formatEndpoint(server), 'www.example.com')).rejects.toMatchObject({
        code: 'DNS_UNREACHABLE',
        message: expect.stringContaining('REFUSED'),
      });
    }
  });
});

describe('a zone that is only looked at', () => {
  it('answers from the first resolver and refuses to switch', async () => {
    await using zone = await openDnsZone({ kind: 'none', resolvers: dns.resolvers.map(formatEndpoint) });
    expect((await zone.current('chat.drill.test')).addresses).toEqual(['127.0.0.5']);
    await expect(zone.point('chat.drill.test', '127.0.0.6', { ttl: 1 })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });

  it('says so when there is nobody to ask', async () => {
    await using zone = await openDnsZone({ kind: 'none', resolvers: [] });
    await expect(zone.current('chat.drill.test')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

function openZone({ keySecret, keyName }: Partial<Pick<LabDns, 'keySecret' | 'keyName'>> = {}) {
  return openDnsZone(
    {
      kind: 'rfc2136',
      server: formatEndpoint(dns.authoritative),
      zone: 'drill.test',
      key: { name: keyName ?? dns.keyName, algorithm: dns.algorithm },
    },
    { keySecret: keySecret ?? dns.keySecret },
  );
}
