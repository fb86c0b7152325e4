import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { promisesOf } from '../../../src/model/drill.ts';
import { seconds } from '../../../src/model/duration.ts';
import { nameCanBeSwitched } from '../../../src/steps/preflight/name-can-be-switched.ts';
import { findFreePort } from '../../../src/support/ports.ts';
import { startTestDns, type TestDns } from '../../lab/test-dns.ts';
import { startTestResolver } from '../../lab/test-resolver.ts';
import { openStepContext, type TestContext, type TestContextOptions } from '../../support/step-context.ts';
import { DNS_KEY, zoneConfig } from '../zone-config.ts';

const NAME = 'chat.drill.test';
const TTL = 60;

let dns: TestDns;
beforeAll(async () => {
  dns = await startTestDns({ chat: '127.0.0.5' }, TTL);
  vi.stubEnv(DNS_KEY, dns.keySecret);
}, 60_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await dns?.stop();
});

it('keeps all its promises for a TTL of just a quarter of the RTO', async () => {
  await using ctx = await open({}, { objectives: { rto: seconds(4 * TTL) } });
  await nameCanBeSwitched().run(ctx);
  expect(ctx.checks.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(
    promisesOf(nameCanBeSwitched(), ctx).map((id) => `${id} passed`),
  );
});

it('misses when the TTL is longer than a quarter of the RTO', async () => {
  await using ctx = await open({}, { objectives: { rto: seconds(4 * (TTL - 1)) } });
  await nameCanBeSwitched().run(ctx);
  expect(ctx.checkOf('dns.ttl')).toMatchObject({
    verdict: 'missed',
    code: 'TTL_TOO_LONG',
    expected: 'a TTL of at most 59 s',
    seen: '60 s',
    metric: { value: 60, limit: 59 },
  });
  expect(ctx.checkOf('dns.authority').verdict).toBe('passed');
});

it('misses a name that the authority does not have, and has no TTL to judge then', async () => {
  await using ctx = await open({ name: 'chta.drill.test' });
  await nameCanBeSwitched().run(ctx);
  expect(ctx.checkOf('dns.authority')).toMatchObject({ verdict: 'missed', code: 'NAME_UNKNOWN' });
  expect(ctx.checkOf('dns.ttl').verdict).toBe('unverified');
});

it('misses a resolver that does not know the name', async () => {
  await using split = await startTestResolver(dns, [`local-zone: "${NAME}." always_nxdomain`]);
  await using ctx = await open({ resolvers: [split.endpoint] });
  await nameCanBeSwitched().run(ctx);
  expect(ctx.checkOf('dns.resolvers')).toMatchObject({ verdict: 'missed', code: 'NAME_UNKNOWN' });
  expect(ctx.checkOf('dns.authority').verdict).toBe('passed');
});

it('ends when there is nobody at all to ask', async () => {
  await using ctx = await openStepContext({ config: { dns: { kind: 'none', name: NAME } } });
  await expect(nameCanBeSwitched().run(ctx)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  expect(ctx.checks).toEqual([]);
});

it.each(['server', 'resolvers'] as const)('ends when there is nobody at dns.%s', async (setting) => {
  const nobody = `127.0.0.1:${await findFreePort(['127.0.0.1'])}`;
  await using ctx = await open({ [setting]: setting === 'server' ? nobody : [nobody] });
  await expect(nameCanBeSwitched().run(ctx)).rejects.toMatchObject({
    code: 'DNS_UNREACHABLE',
    message: expect.stringContaining(nobody) as string,
  });
});

it.each([
  ['the config does not allow, confirmed or not', { allowProductionName: false }, NAME],
  ['nobody has confirmed', { allowProductionName: true }, undefined],
  ['was confirmed under another name', { allowProductionName: true }, 'drill.test'],
])('refuses a production name that %s', async (_what, setting, confirmed) => {
  await using ctx = await open(
    { servesProduction: true, ...setting },
    confirmed === undefined ? {} : { confirmed },
  );
  await expect(nameCanBeSwitched().run(ctx)).rejects.toMatchObject({ code: 'NAME_SERVES_PRODUCTION' });
  expect(ctx.checks).toEqual([]);
});

it('goes on with a production name that is allowed and confirmed', async () => {
  await using ctx = await open({ servesProduction: true, allowProductionName: true }, { confirmed: NAME });
  await nameCanBeSwitched().run(ctx);
  expect(ctx.checkOf('dns.authority').verdict).toBe('passed');
});

async function open(
  changes: Parameters<typeof zoneConfig>[1],
  options: TestContextOptions = {},
): Promise<TestContext> {
  return openStepContext({ ...options, config: { dns: zoneConfig(dns, changes) } });
}
