import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { createCertificateAuthority, issueCertificate, type KeyPair } from '../../../lab/tls.ts';
import type { ConfigInput } from '../../../src/model/config.ts';
import { promisesOf } from '../../../src/model/drill.ts';
import { resolveAt } from '../../../src/providers/dns/resolvers.ts';
import { openDnsZone } from '../../../src/providers/dns/index.ts';
import { openOldPage } from '../../../src/steps/failover/old-page.ts';
import { switchDns } from '../../../src/steps/failover/switch-dns.ts';
import { formatEndpoint } from '../../../src/support/endpoint.ts';
import { findFreePort } from '../../../src/support/ports.ts';
import { startTestResolver } from '../../lab/test-resolver.ts';
import { startTestDns, type TestDns } from '../../lab/test-dns.ts';
import { openStepContext, type TestContext } from '../../support/step-context.ts';
import { DNS_KEY, zoneConfig } from '../zone-config.ts';

// A browser is started in each, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

const NAME = 'chat.drill.test';
const OLD = '127.0.0.5';
const NEW = '127.0.0.6';

let dns: TestDns;
let port: number;
let tls: KeyPair & { readonly caFile: string };
const sites = new Map<string, Server>();

beforeAll(async () => {
  dns = await startTestDns({ chat: OLD }, 1);
  process.env[DNS_KEY] = dns.keySecret;
  port = await findFreePort([OLD, NEW]);
  const ca = await createCertificateAuthority(path.join(dns.directory, 'tls'));
  tls = { ...(await issueCertificate(ca, { names: [NAME] })), caFile: ca.certFile };
}, 60_000);
afterEach(async () => {
  for (const address of [...sites.keys()]) endSite(address);
  await pointAt(OLD);
  await expect.poll(addressesEverywhere, { timeout: 20_000 }).toEqual(dns.resolvers.map(() => [OLD]));
});
afterAll(async () => {
  delete process.env[DNS_KEY];
  await dns?.stop();
});

it('finds the restored site when the old one is dead, and leaves nothing behind', async () => {
  await startSite(NEW);
  await using ctx = await open();
  await switchDns().run(ctx);
  expect(ctx.checks.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(
    promisesOf(switchDns(), ctx).map((id) => `${id} passed`),
  );
  const check = ctx.checkOf('failover.old-page');
  expect(check.seen).toContain(`to ${NEW}`);
  expect(check.metric?.key).toBe('old_page_seconds');
  const table = JSON.parse(ctx.attachments.get('old-page.json') ?? '') as {
    event: string;
    address?: string;
  }[];
  expect(table.find(({ event }) => event === 'refused')).toMatchObject({
    reason: expect.stringContaining(OLD) as string,
  });
  expect(table.filter(({ event }) => event === 'opened').map(({ address }) => address)).toContain(NEW);
  await switchDns().undo?.(ctx);
  expect([...ctx.resources]).toEqual([]);
});

it('stays on a connection that the old site keeps alive, and leaves it when that has ended', async () => {
  const [old] = await Promise.all([startSite(OLD), startSite(NEW)]);
  const asked = once(old, 'request');
  await using ctx = await open();
  await using page = openOldPage(ctx);
  // A busy browser may ask for its page only after the switch has stopped waiting for it.
  await Promise.all([page.untilOpen(), asked]);
  await pointAt(NEW);
  const followed = page.follow({ from: [OLD], to: NEW, ttl: 1 });
  await sleep(4_000);
  endSite(OLD);
  const check = await followed;
  expect(check).toMatchObject({ verdict: 'passed', seen: expect.stringContaining(`1 to ${OLD}`) as string });
  expect(check.metric?.value).toBeGreaterThan(3.9);
});

it('misses when a resolver keeps the old address beyond its TTL', async () => {
  await Promise.all([startSite(OLD), startSite(NEW)]);
  await using resolver = await startTestResolver(dns, ['cache-min-ttl: 3600']);
  await using ctx = await open({ resolvers: [resolver.endpoint] });
  expect((await resolveAt(resolver.endpoint, NAME)).addresses).toEqual([OLD]);
  await using page = openOldPage(ctx);
  await page.untilOpen();
  await pointAt(NEW);
  const check = await page.follow({ from: [OLD], to: NEW, ttl: 1 });
  expect(check).toMatchObject({
    verdict: 'missed',
    code: 'CLIENT_STUCK',
    seen: expect.stringContaining(`to ${OLD}`) as string,
    evidence: ['old-page.json'],
  });
});

it('misses when the restored site answers with a certificate that nobody trusts', async () => {
  const other = await createCertificateAuthority(path.join(dns.directory, 'other'));
  await startSite(NEW, await issueCertificate(other, { names: [NAME] }));
  await using ctx = await open();
  await using page = openOldPage(ctx);
  await page.untilOpen();
  await pointAt(NEW);
  expect(await page.follow({ from: [OLD], to: NEW, ttl: 1 })).toMatchObject({ verdict: 'missed' });
});

it('leaves the question open, and the switch alone, when there is no browser', async () => {
  await startSite(NEW);
  await using ctx = await open();
  // Where the browser's files would lie is a file.
  await mkdir(ctx.config.scratch.directory, { recursive: true });
  await writeFile(path.join(ctx.config.scratch.directory, 'clients'), '');
  await switchDns().run(ctx);
  expect(ctx.checkOf('failover.resolvers').verdict).toBe('passed');
  expect(ctx.checkOf('failover.old-page')).toMatchObject({ verdict: 'unverified', code: 'NO_OLD_PAGE' });
  await switchDns().undo?.(ctx);
});

async function open({ resolvers = dns.resolvers.map(formatEndpoint) } = {}): Promise<TestContext> {
  const config: Partial<ConfigInput> = {
    site: { url: `https://${NAME}:${port}` },
    dns: zoneConfig(dns, { resolvers }),
    tls: { certificate: tls.certFile, key: tls.keyFile, ca: tls.caFile },
  };
  const ctx = await openStepContext({ config });
  ctx.set('scratch', {
    directory: ctx.config.scratch.directory,
    address: NEW,
    port,
    databaseDirectory: null,
  });
  return ctx;
}

async function pointAt(address: string): Promise<void> {
  const { keyName: name, algorithm } = dns;
  await using zone = await openDnsZone(
    {
      kind: 'rfc2136',
      server: formatEndpoint(dns.authoritative),
      zone: 'drill.test',
      key: { name, algorithm },
    },
    dns,
  );
  await zone.point(NAME, address, { ttl: 1 });
}

function addressesEverywhere(): Promise<readonly (readonly string[])[]> {
  return Promise.all(
    dns.resolvers.map(async (resolver) => (await resolveAt(formatEndpoint(resolver), NAME)).addresses),
  );
}

async function startSite(address: string, { certFile, keyFile }: KeyPair = tls): Promise<Server> {
  const [cert, key] = await Promise.all([readFile(certFile), readFile(keyFile)]);
  const site = createServer({ cert, key, keepAliveTimeout: 60_000 }, (_request, response) =>
    response.setHeader('content-type', 'text/html').end(`<title>${address}</title>`),
  );
  site.listen(port, address);
  await once(site, 'listening');
  sites.set(address, site);
  return site;
}

function endSite(address: string): void {
  sites.get(address)?.close();
  sites.get(address)?.closeAllConnections();
  sites.delete(address);
}
