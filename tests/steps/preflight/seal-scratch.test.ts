import { createServer } from 'node:net';
import { existsSync } from 'node:fs';
import { execa } from 'execa';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ConfigInput } from '../../../src/model/config.ts';
import { findLeftBehind } from '../../../src/engine/left-behind.ts';
import type { JournalEvent } from '../../../src/model/journal.ts';
import { sealScratch } from '../../../src/steps/preflight/seal-scratch.ts';
import { enter, readSnapshot } from '../../../src/support/scratch-network/enter.ts';
import { isNamespaceAlive, namespaceResource } from '../../../src/support/scratch-network/namespace.ts';
import { findStrength } from '../../../src/support/scratch-network/strength.ts';
import { openStepContext, type TestContext } from '../../support/step-context.ts';
import { listen } from '../../support/listen.ts';

vi.setConfig({ testTimeout: 30_000 });

const strength = await findStrength();
const WITHOUT = strength.kind === 'proxy' ? ` (skipped: ${strength.why})` : '';

let context: TestContext;
afterEach(async () => {
  await sealScratch().undo?.(context);
  await context[Symbol.asyncDispose]();
});

type LocalScratch = Extract<ConfigInput['scratch'], { kind: 'local' }>;

async function open(scratch: Partial<LocalScratch> = {}, config: Partial<ConfigInput> = {}) {
  context = await openStepContext({
    config: {
      ...config,
      scratch: { kind: 'local', directory: '/nowhere', isolation: 'namespace', ...scratch },
    },
  });
  return context;
}

async function inside(...words: readonly [string, ...string[]]) {
  const { network } = context.facts;
  if (network === undefined) throw new Error('nothing is sealed');
  const [command, ...args] = words;
  const entered = await enter(network, { command, args });
  return execa(entered.command, entered.args, { reject: false });
}

describe.skipIf(strength.kind === 'proxy')(`a namespace${WITHOUT}`, () => {
  it('lets programs reach what is declared, and nothing beside it', async () => {
    const server = createServer((socket) => socket.end('welcome'));
    const other = createServer((socket) => socket.end('welcome'));
    const [port, otherPort] = [await listen(server), await listen(other)];
    await open({ mayReach: [`127.0.0.1:${port}`] });
    await sealScratch().run(context);
    expect(context.checkOf('scratch.sealed').verdict).toBe('passed');
    const ask = (where: number) => inside('bash', '-c', `cat < /dev/tcp/127.0.0.1/${where}`);
    expect((await ask(port)).stdout).toBe('welcome');
    expect((await ask(otherPort)).failed).toBe(true);
    server.close();
    other.close();
  });

  it('answers at once where there is nothing to be reached, and counts it', async () => {
    await open();
    await sealScratch().run(context);
    expect((await inside('bash', '-c', 'exec 3<>/dev/tcp/192.0.2.7/443')).stderr).toContain('refused');
    const { network } = context.facts;
    if (network?.kind !== 'namespace') throw new Error('there is no namespace');
    expect((await readSnapshot(network)).attempts).toContainEqual(
      expect.objectContaining({ address: '192.0.2.7', port: 443, protocol: 'tcp', count: 1 }),
    );
  });

  it('is gone after undo, with its folder, and also after its warden was killed', async () => {
    await open();
    await sealScratch().run(context);
    const { network } = context.facts;
    if (network?.kind !== 'namespace') throw new Error('there is no namespace');
    process.kill(network.pid, 'SIGKILL');
    await sealScratch().undo?.(context);
    expect(isNamespaceAlive(namespaceResource(network))).toBe(false);
    expect(existsSync(network.directory)).toBe(false);
    expect([...context.resources]).toEqual([]);
  });

  it('is not taken for one that is gone and whose number it was given', async () => {
    await open();
    await sealScratch().run(context);
    const { network } = context.facts;
    if (network?.kind !== 'namespace') throw new Error('there is no namespace');
    expect(isNamespaceAlive(namespaceResource(network))).toBe(true);
    expect(isNamespaceAlive(namespaceResource({ ...network, directory: '/tmp/another' }))).toBe(false);
  });

  it('is not entered when its warden is gone', async () => {
    await open();
    await sealScratch().run(context);
    const { network } = context.facts;
    if (network?.kind !== 'namespace') throw new Error('there is no namespace');
    await context.endLaunched('scratch warden');
    await expect(enter(network, { command: 'true', args: [] })).rejects.toMatchObject({
      code: 'SCRATCH_NOT_SEALED',
    });
  });

  it('is found to be left behind while somebody is in it', async () => {
    await open();
    await sealScratch().run(context);
    const { network } = context.facts;
    if (network?.kind !== 'namespace') throw new Error('there is no namespace');
    const event = {
      type: 'resource.created',
      step: 'seal-scratch',
      resource: { kind: 'namespace', name: namespaceResource(network) },
    } as unknown as JournalEvent;
    expect(findLeftBehind([event])).toEqual([`namespace ${namespaceResource(network)}`]);
    await context.endLaunched('scratch warden');
    expect(findLeftBehind([event])).toEqual([]);
  });
});

it('refuses a destination that is production', async () => {
  await open(
    { mayReach: ['db.production.example:5432'] },
    { site: { url: 'https://chat.example.test', production: { hosts: ['*.production.example'] } } },
  );
  await expect(sealScratch().run(context)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});

it('says of a proxy that was asked for that it is the weaker proof', async () => {
  await open({ isolation: 'proxy' });
  await sealScratch().run(context);
  expect(context.checkOf('scratch.sealed')).toMatchObject({
    verdict: 'passed',
    seen: expect.stringContaining('weaker proof'),
  });
});

it.skipIf(process.getuid?.() !== 0)(
  'declares what the server asks, and not where it sends browsers',
  async () => {
    await open(
      {},
      {
        identity: {
          secondary: {
            kind: 'gitlab',
            authorizationUrl: 'https://login.idp.example/authorize',
            tokenUrl: 'https://api.idp.example/token',
            userInfoUrl: 'https://api.idp.example:8443/user',
            clientId: 'mattermost',
            clientSecret: { env: 'MUSTER_TEST_UNSET' },
          },
          primary: { hosts: ['sso.example.test'] },
        },
      },
    );
    await sealScratch().run(context);
    expect(context.facts.network?.destinations.map(({ host, port }) => `${host}:${port}`)).toEqual([
      'api.idp.example:443',
      'api.idp.example:8443',
    ]);
  },
);
