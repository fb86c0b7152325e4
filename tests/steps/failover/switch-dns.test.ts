import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { seconds } from '../../../src/model/duration.ts';
import { openDnsZone } from '../../../src/providers/dns/index.ts';
import { resolveAt } from '../../../src/providers/dns/resolvers.ts';
import { switchDns } from '../../../src/steps/failover/switch-dns.ts';
import { formatEndpoint } from '../../../src/support/endpoint.ts';
import { waitFor } from '../../../src/support/wait-for.ts';
import { startTestResolver } from '../../lab/test-resolver.ts';
import { startTestDns, type TestDns } from '../../lab/test-dns.ts';
import { openStepContext, type TestContext } from '../../support/step-context.ts';
import { DNS_KEY, zoneConfig } from '../zone-config.ts';

vi.setConfig({ testTimeout: 60_000 });
// A resolver that is stuck is waited for for a minute; the same with a wait of seconds.
vi.mock(import('../../../src/providers/dns/resolvers.ts'), async (load) => {
  const real = await load();
  return { ...real, watchSwitch: (options) => real.watchSwitch({ ...options, timeout: seconds(10) }) };
});

const NAME = 'chat.drill.test';
const OLD = '127.0.0.5';
const NEW = '127.0.0.6';
const THIRD = '127.0.0.7';
const TTL = 2;

let dns: TestDns;
beforeAll(async () => {
  dns = await startTestDns({ chat: OLD }, TTL);
  vi.stubEnv(DNS_KEY, dns.keySecret);
}, 60_000);
afterEach(async () => {
  await pointAt(OLD);
  // Until the resolvers have forgotten what the last test left with them.
  for (const resolver of resolvers()) {
    const forgotten = await waitFor(
      async () => (await resolveAt(resolver, NAME)).addresses.join() === OLD || undefined,
      { timeout: seconds(10) },
    );
    expect(forgotten).toBe(true);
  }
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await dns?.stop();
});

it('passes where every resolver follows within the TTL', async () => {
  await using ctx = await open();
  await askEach(ctx);
  await switchDns().run(ctx);
  expect(ctx.checkOf('failover.resolvers').verdict).toBe('passed');
  expect(ctx.checkOf('failover.ttl-respected').verdict).toBe('passed');
  expect(Object.keys(ctx.get('switched').resolvers)).toEqual(ctx.config.dns.resolvers);
});

it('misses both when a resolver never lets go of the old address', async () => {
  await using stuck = await startTestResolver(dns, ['cache-min-ttl: 3600']);
  await using ctx = await open({ resolvers: [...resolvers(), stuck.endpoint] });
  await askEach(ctx);
  await switchDns().run(ctx);
  const missed = ctx.checkOf('failover.resolvers');
  expect(missed).toMatchObject({ verdict: 'missed', code: 'RESOLVER_STUCK' });
  expect(missed.seen).toContain(`${stuck.endpoint} never (${OLD})`);
  expect(ctx.checkOf('failover.ttl-respected')).toMatchObject({ verdict: 'missed', code: 'TTL_IGNORED' });
  expect(Object.keys(ctx.get('switched').resolvers)).toEqual(resolvers());
});

it('misses the TTL alone when a resolver lets go of the old address too late', async () => {
  await using late = await startTestResolver(dns, ['cache-min-ttl: 6']);
  await using ctx = await open({ resolvers: [...resolvers(), late.endpoint] });
  await askEach(ctx);
  await switchDns().run(ctx);
  expect(ctx.checkOf('failover.resolvers').verdict).toBe('passed');
  const missed = ctx.checkOf('failover.ttl-respected');
  expect(missed).toMatchObject({ verdict: 'missed', code: 'TTL_IGNORED', expected: `at most ${TTL} s` });
  expect(missed.seen).toContain(`${late.endpoint} after`);
  expect(ctx.get('switched').resolvers[late.endpoint]).toBeGreaterThan(seconds(TTL + 3));
});

it('touches nothing when the name serves production and was not confirmed', async () => {
  await using ctx = await open({ servesProduction: true, allowProductionName: true });
  await expect(switchDns().run(ctx)).rejects.toMatchObject({ code: 'NAME_SERVES_PRODUCTION' });
  expect(await atAuthority()).toEqual([OLD]);
  expect([...ctx.resources]).toEqual([]);
  await switchDns().undo?.(ctx);
  expect(await atAuthority()).toEqual([OLD]);
});

it('puts all old addresses back when undone, and does no harm when undone again', async () => {
  await pointAt([OLD, THIRD]);
  await using ctx = await open();
  await switchDns().run(ctx);
  expect(await atAuthority()).toEqual([NEW]);
  expect([...ctx.resources]).toEqual([`dns-record ${NAME} → ${NEW}`]);
  for (let time = 0; time < 2; time++) {
    await switchDns().undo?.(ctx);
    expect((await atAuthority()).toSorted()).toEqual([OLD, THIRD]);
    expect([...ctx.resources]).toEqual([]);
  }
});

it('takes the name away again when undone, where there was none', async () => {
  await pointAt([]);
  await using ctx = await open();
  await switchDns().run(ctx);
  expect(await atAuthority()).toEqual([NEW]);
  await switchDns().undo?.(ctx);
  expect(await atAuthority()).toEqual([]);
});

it('leaves the name alone when undone after somebody else has changed it', async () => {
  await using ctx = await open();
  await switchDns().run(ctx);
  await pointAt(THIRD);
  await switchDns().undo?.(ctx);
  expect(await atAuthority()).toEqual([THIRD]);
  expect(ctx.messages).toContain(`${NAME} no longer points to the scratch; it is left as it is`);
});

it('keeps what it made on the list when the name cannot be put back', async () => {
  await using ctx = await open();
  await switchDns().run(ctx);
  vi.stubEnv(DNS_KEY, Buffer.from('another key').toString('base64'));
  try {
    await expect(switchDns().undo?.(ctx)).rejects.toMatchObject({ code: 'DNS_UNREACHABLE' });
  } finally {
    vi.stubEnv(DNS_KEY, dns.keySecret);
  }
  expect([...ctx.resources]).toEqual([`dns-record ${NAME} → ${NEW}`]);
});

const resolvers = (): string[] => dns.resolvers.map(formatEndpoint);

async function open(changes: Parameters<typeof zoneConfig>[1] = {}): Promise<TestContext> {
  const ctx = await openStepContext({ config: { dns: zoneConfig(dns, { ttl: TTL, ...changes }) } });
  const { directory } = ctx.config.scratch;
  ctx.set('scratch', { directory, address: NEW, port: 8443, databaseDirectory: null });
  // No browser: a file is where its folder would be. The page has a test of its own.
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, 'clients'), '');
  return ctx;
}

/** Puts the old address into the resolvers' caches. */
async function askEach({ config }: TestContext): Promise<void> {
  for (const resolver of config.dns.resolvers)
    expect((await resolveAt(resolver, NAME)).addresses).toEqual([OLD]);
}

async function atAuthority(): Promise<readonly string[]> {
  return (await resolveAt(formatEndpoint(dns.authoritative), NAME)).addresses;
}

async function pointAt(addresses: string | readonly string[]): Promise<void> {
  const { server, zone: name, key } = zoneConfig(dns);
  await using zone = await openDnsZone(
    { kind: 'rfc2136', server, zone: name, key: { name: key.name, algorithm: dns.algorithm } },
    dns,
  );
  await zone.point(NAME, addresses, { ttl: TTL });
}
