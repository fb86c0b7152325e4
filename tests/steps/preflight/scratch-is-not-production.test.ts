import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startDns, type LabDns } from '../../../lab/dns/index.ts';
import type { ConfigInput } from '../../../src/model/config.ts';
import { scratchIsNotProduction } from '../../../src/steps/preflight/scratch-is-not-production.ts';
import { formatEndpoint } from '../../../src/support/endpoint.ts';
import { openStepContext, type TestContext } from '../../support/step-context.ts';

const SCRATCH = '127.0.0.5';

let directory: string;
let dns: LabDns;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'muster-test-not-production-'));
  await chmod(directory, 0o755);
  const records = { chat: '127.0.0.2', app: '127.0.0.2', twin: SCRATCH };
  dns = await startDns({ directory: path.join(directory, 'dns'), zone: 'drill.test', records, ttl: 1 });
}, 30_000);
afterAll(async () => {
  await dns?.stop();
  await rm(directory, { recursive: true, force: true });
});

it('passes where names of production are elsewhere, unknown, or not told by any resolver', async () => {
  await using ctx = await open(['app.drill.test', 'gone.drill.test', 'inner.corp.example', '*.drill.test']);
  await scratchIsNotProduction().run(ctx);
  const { verdict, seen } = ctx.checkOf('scratch.not-production');
  expect(verdict).toBe('passed');
  expect(seen).toContain('no resolver tells where inner.corp.example is');
});

it("refuses when a name of production resolves to the scratch's address", async () => {
  await using ctx = await open(['app.drill.test', 'twin.drill.test']);
  const running = scratchIsNotProduction().run(ctx);
  await expect(running).rejects.toMatchObject({
    code: 'SCRATCH_IS_PRODUCTION',
    message: expect.stringContaining(
      `twin.drill.test, which is listed in site.production.hosts, resolves to ${SCRATCH}`,
    ) as string,
  });
});

it('looks up all names of production at a time', async () => {
  const names = ['one', 'two', 'three', 'four'].map((name) => `${name}.corp.example`);
  const held: (() => void)[] = [];
  // Says that there is no such name (RFC 1035, 4.1.1): of these when it was asked for all of them, and nothing before.
  const resolver = createSocket('udp4').on('message', (query, { port, address }) => {
    const answer = Buffer.from(query);
    answer.writeUInt16BE(0x8183, 2);
    const send = () => resolver.send(answer, port, address);
    if (!query.includes('corp')) return send();
    held.push(send);
    if (held.length >= 2 * names.length) for (const one of held.splice(0)) one();
  });
  resolver.bind(0, '127.0.0.1');
  await once(resolver, 'listening');
  await using plain = await open(names);
  const both = { ...plain.config.dns, resolvers: [`127.0.0.1:${resolver.address().port}`] };
  await using ctx = await openStepContext({ config: { ...plain.config, dns: both } as ConfigInput });
  await scratchIsNotProduction().run(ctx);
  resolver.close();
  expect(ctx.checkOf('scratch.not-production').seen).not.toContain('no resolver tells');
});

it('does not pass where nothing is known of production', async () => {
  await using ctx = await open([], 'gone.drill.test');
  await scratchIsNotProduction().run(ctx);
  expect(ctx.checkOf('scratch.not-production')).toMatchObject({
    verdict: 'unverified',
    code: 'PRODUCTION_UNKNOWN',
  });
});

it('refuses an address that is listed as production', async () => {
  await using ctx = await open([SCRATCH]);
  await expect(scratchIsNotProduction().run(ctx)).rejects.toMatchObject({ code: 'SCRATCH_IS_PRODUCTION' });
});

async function open(hosts: string[], name = 'chat.drill.test'): Promise<TestContext> {
  await using plain = await openStepContext();
  const config: Partial<ConfigInput> = {
    site: { url: 'https://chat.drill.test', production: { hosts } },
    scratch: { ...plain.config.scratch, address: SCRATCH } as ConfigInput['scratch'],
    dns: { kind: 'none', name, resolvers: dns.resolvers.map(formatEndpoint) },
  };
  return openStepContext({ config });
}
