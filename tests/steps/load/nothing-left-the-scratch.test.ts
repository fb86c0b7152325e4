import { once } from 'node:events';
import { appendFile, chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ConfigInput } from '../../../src/model/config.ts';
import { promisesOf } from '../../../src/model/drill.ts';
import type { NamespaceNetwork } from '../../../src/model/facts.ts';
import { nothingLeftTheScratch } from '../../../src/steps/load/nothing-left-the-scratch.ts';
import { outletLog, sealScratch } from '../../../src/steps/preflight/seal-scratch.ts';
import { quarantine } from '../../../src/steps/restore/quarantine.ts';
import { enter } from '../../../src/support/scratch-network/enter.ts';
import { isNamespaceAlive, namespaceResource } from '../../../src/support/scratch-network/namespace.ts';
import { findStrength } from '../../../src/support/scratch-network/strength.ts';
import type { TestContext } from '../../support/step-context.ts';
import { openRestoredCopies, type Copy, type RestoredCopies } from '../restore/restored-copies.ts';
import { waitFor } from '../../../src/support/wait-for.ts';
import { seconds } from '../../../src/model/duration.ts';

const strength = await findStrength();
const WITHOUT = strength.kind === 'proxy' ? ` (skipped: ${strength.why})` : '';
const APPLICATION = 'the application';
/** As root the application has a user id of its own, and others may change its network. */
const IS_ROOT = process.getuid?.() === 0;
const UID = IS_ROOT ? 60_606 : (process.getuid?.() ?? 0);
const CONFIG: Partial<ConfigInput> = {
  site: { url: 'https://chat.example.test', production: { hosts: ['*.production.example'] } },
};

vi.setConfig({ testTimeout: 60_000 });

let copies: RestoredCopies;
let directory: string;
let opened: TestContext | undefined;
beforeAll(async () => {
  copies = await openRestoredCopies();
  directory = await mkdtemp(path.join(tmpdir(), 'muster-isolation-'));
  await chmod(directory, 0o755);
}, 120_000);
afterEach(async () => {
  if (opened === undefined) return;
  await opened.endLaunched(APPLICATION);
  await sealScratch().undo?.(opened);
});
afterAll(async () => {
  await copies[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

describe.skipIf(strength.kind === 'proxy')(`in a namespace${WITHOUT}`, () => {
  it('passes for a site that stays quiet, and leaves no namespace behind', async () => {
    const { context } = await sealed();
    await nothingLeftTheScratch().run(context);
    expect(context.checks.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
    const made = context.checks.map(({ id }) => id);
    expect(promisesOf(nothingLeftTheScratch(), context).filter((id) => !made.includes(id))).toEqual([]);
    expect(context.checkOf('isolation.nothing-left').seen).toContain('no attempt to leave');

    const resource = namespaceResource(context.facts.network as NamespaceNetwork);
    expect(isNamespaceAlive(resource)).toBe(true);
    await context.endLaunched(APPLICATION);
    await sealScratch().undo?.(context);
    expect(isNamespaceAlive(resource)).toBe(false);
    expect([...context.resources].filter((one) => !one.startsWith('folder'))).toEqual([]);
  });

  it('lists what was stopped, by name, port and number', async () => {
    const { context } = await sealed(`
      const net = require('node:net');
      for (let i = 0; i < 2; i++) net.connect(443, 'notices.example.org').on('error', () => {});
      net.connect(25, '2001:db8::25').on('error', () => {});
      require('node:dgram').createSocket('udp4').send('x', 514, '192.0.2.14');`);
    await nothingLeftTheScratch().run(context);
    const left = context.checkOf('isolation.nothing-left');
    expect(left.verdict).toBe('passed');
    expect(left.seen).toContain('notices.example.org:443 (2 times, by the application)');
    expect(left.seen).toContain('2001:db8::25:25 (once, by the application)');
    expect(left.seen).toContain('192.0.2.14:514 udp (once, by the application)');
    expect(left.metric?.value).toBe(4);
    expect(context.checkOf('isolation.site-is-quiet').verdict).toBe('passed');
  });

  it('misses an attempt on production, by name or by a name that never exists', async () => {
    const { context } = await sealed(
      `require('node:net').connect(5432, 'db.production.example').on('error', () => {})`,
    );
    await nothingLeftTheScratch().run(context);
    expect(context.checkOf('isolation.site-is-quiet')).toMatchObject({
      verdict: 'missed',
      code: 'SITE_REACHES_OUT',
      seen: 'db.production.example (production)',
    });
  });

  it('lists an image that a message shows from there, and does not blame the site for it', async () => {
    const { context, copy } = await sealed(
      `for (const host of ['images.production.example', 'db.production.example'])
         require('node:net').connect(443, host).on('error', () => {});`,
    );
    const message =
      'db.production.example is slow today ![graph](https://images.production.example/slow.png)';
    const one = 'WHERE id = (SELECT min(id) FROM posts)';
    await copy.client.query(`UPDATE posts SET message = $1 ${one}`, [message]);
    await nothingLeftTheScratch().run(context);
    expect(context.checkOf('isolation.site-is-quiet').seen).toBe('db.production.example (production)');
    context.checks.length = 0;
    await copy.client.query(
      `UPDATE posts SET message = message || ' ![](http://db.production.example:443/x)' ${one}`,
    );
    await nothingLeftTheScratch().run(context);
    expect(context.checkOf('isolation.site-is-quiet')).toMatchObject({
      verdict: 'passed',
      seen: expect.stringContaining(
        'for images in messages alone: images.production.example, db.production.example',
      ),
    });
  });

  it('misses a webhook, a mail and a push that quarantine should have silenced', async () => {
    const { context, copy } = await sealed(`
      for (const host of ['hooks.example.org', 'mail.example.org', 'push.example.org'])
        require('node:net').connect(443, host).on('error', () => {});`);
    await copy.client.query(
      `UPDATE outgoingwebhooks SET callbackurls = '["https://hooks.example.org/in"]', deleteat = 0`,
    );
    await setInConfiguration(copy, 'EmailSettings', 'SMTPServer', 'mail.example.org');
    await setInConfiguration(copy, 'EmailSettings', 'PushNotificationServer', 'https://push.example.org');
    await nothingLeftTheScratch().run(context);
    const { verdict, seen } = context.checkOf('isolation.site-is-quiet');
    expect(verdict).toBe('missed');
    for (const host of ['hooks', 'mail', 'push']) expect(seen).toContain(`${host}.example.org`);
  });

  it('misses what the outlet let through without a declaration', async () => {
    const { context, network } = await sealed();
    const event = { id: 1, at: new Date().toISOString(), host: 'evil.example', port: 443, event: 'opened' };
    await appendFile(outletLog(network.directory), `${JSON.stringify(event)}\n`);
    await nothingLeftTheScratch().run(context);
    expect(context.checkOf('isolation.nothing-left')).toMatchObject({
      verdict: 'missed',
      code: 'LEFT_THE_SCRATCH',
    });
  });

  it('does not take a log of the outlet that is gone for one in which nothing is', async () => {
    const { context, network } = await sealed();
    await rm(outletLog(network.directory));
    await expect(nothingLeftTheScratch().run(context)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(context.checks.map(({ id }) => id)).not.toContain('isolation.nothing-left');
  });

  it('misses a site that runs outside of it', async () => {
    const { context } = await sealed();
    const { pid, startTime } = await context.launch({
      role: 'elsewhere',
      command: process.execPath,
      args: ['-e', 'setInterval(() => {}, 1000)'],
    });
    context.facts.application = { kind: 'process', pid, startTime, uid: UID };
    await nothingLeftTheScratch().run(context);
    expect(context.checkOf('isolation.nothing-left')).toMatchObject({
      verdict: 'missed',
      seen: expect.stringContaining('in another network'),
    });
  });

  it.skipIf(!IS_ROOT)('misses an uplink', async () => {
    const { context, network } = await sealed();
    for (const words of ['add uplink type veth', 'set uplink up']) {
      const ip = await enter(network, { command: 'ip', args: ['link', ...words.split(' ')] });
      await execa(ip.command, ip.args);
    }
    await nothingLeftTheScratch().run(context);
    expect(context.checkOf('isolation.nothing-left').seen).toContain('interface uplink');
  });

  it.skipIf(!IS_ROOT)('does not pass when the counter does not count', async () => {
    const { context, network } = await sealed();
    const nft = await enter(network, {
      command: 'nft',
      args: ['flush', 'chain', 'inet', 'muster', 'output'],
    });
    await execa(nft.command, nft.args);
    await nothingLeftTheScratch().run(context);
    expect(context.checkOf('isolation.counter-counts')).toMatchObject({
      verdict: 'unverified',
      code: 'COUNTER_SILENT',
    });
    for (const id of ['isolation.nothing-left', 'isolation.site-is-quiet'])
      expect(context.checkOf(id)).toMatchObject({ verdict: 'unverified', code: 'NOT_COUNTED' });
  });

  it('leaves everything open when the site has ended', async () => {
    const { context } = await sealed();
    await context.endLaunched(APPLICATION);
    await nothingLeftTheScratch().run(context);
    expect(
      new Set(context.checks.filter(({ id }) => id.startsWith('isolation.')).map(({ verdict }) => verdict)),
    ).toEqual(new Set(['unverified']));
  });

  it('misses a Unix socket that leads out', async () => {
    const socket = path.join(directory, 'production.sock');
    const server = createServer().listen(socket);
    await once(server, 'listening');
    await chmod(socket, 0o777);
    const { context } = await sealed(`require('node:net').connect(${JSON.stringify(socket)})`);
    await nothingLeftTheScratch().run(context);
    server.close();
    expect(context.checkOf('isolation.unix-sockets')).toMatchObject({
      verdict: 'missed',
      code: 'UNIX_SOCKET_OPEN',
      seen: socket,
    });
  });

  it.each([
    ['an address of production', 'MM_SQLSETTINGS_DATASOURCE', 'postgres://u:p@db.production.example/m'],
    ['any host that nobody declared', 'MM_CACHESETTINGS_REDISADDRESS', 'redis.unheard-of.example:6379'],
    ['a Unix socket', 'MM_SQLSETTINGS_DATASOURCE', 'postgres://u:p@/m?host=/run/postgresql'],
  ])('misses %s in the environment', async (_what, name, value) => {
    const { context } = await sealed('', { [name]: value });
    await nothingLeftTheScratch().run(context);
    const { verdict, code, seen } = context.checkOf('isolation.no-production-pointer');
    expect({ verdict, code }).toEqual({ verdict: 'missed', code: 'PRODUCTION_ADDRESS_LEFT' });
    expect(seen).toContain(`environment ${name}`);
    expect(seen).not.toContain('u:p');
  });

  it('misses production in the stored configuration', async () => {
    const { context, copy } = await sealed();
    await setInConfiguration(copy, 'LdapSettings', 'LdapServer', 'ldap.production.example');
    await nothingLeftTheScratch().run(context);
    expect(context.checkOf('isolation.no-production-pointer').seen).toContain(
      'ldap.production.example in configurations.value LdapSettings.LdapServer',
    );
  });
});

describe('behind a proxy', () => {
  it('passes when the config asks for no more, lists what was refused, and says that it is the weaker proof', async () => {
    const { context } = await sealed('', {}, 'proxy');
    const { network } = context.facts;
    if (network?.kind !== 'proxy') throw new Error('a proxy was asked for');
    await execa('curl', ['--silent', '--proxy', network.url, 'https://notices.example.org/'], {
      reject: false,
    });
    await nothingLeftTheScratch().run(context);
    expect(context.checkOf('scratch.sealed').verdict).toBe('passed');
    const left = context.checkOf('isolation.nothing-left');
    expect(left.verdict).toBe('passed');
    expect(left.seen).toContain('notices.example.org:443');
    expect(left.seen).toContain('weaker proof');
  });

  it('does not pass when it is all that the machine can do', async () => {
    const { context } = await sealed('', {}, 'proxy');
    const { network } = context.facts;
    if (network?.kind === 'proxy') context.facts.network = { ...network, why: 'nft not found' };
    await nothingLeftTheScratch().run(context);
    expect(context.checkOf('isolation.nothing-left')).toMatchObject({
      verdict: 'unverified',
      code: 'WEAK_ISOLATION',
    });
  });

  it('misses a connection that goes around it', async () => {
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((one) => one && !one.internal && one.family === 'IPv4')?.address;
    if (outside === undefined) return;
    const server = createServer(() => {}).listen(0, outside);
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const { context } = await sealed(`require('node:net').connect(${port}, '${outside}')`, {}, 'proxy');
    await nothingLeftTheScratch().run(context);
    server.close();
    expect(context.checkOf('isolation.nothing-left')).toMatchObject({
      verdict: 'missed',
      code: 'LEFT_THE_SCRATCH',
      seen: `connected to ${outside}:${port}`,
    });
  });
});

async function setInConfiguration(copy: Copy, section: string, key: string, value: string): Promise<void> {
  await copy.client.query(
    `UPDATE configurations SET value = jsonb_set(value::jsonb, $1, to_jsonb($2::text))::text WHERE active`,
    [[section, key], value],
  );
}

/** A sealed scratch in which a program that does as it is told stands for the application, on a quarantined copy. */
async function sealed(
  program = '',
  env: Readonly<Record<string, string>> = {},
  isolation: 'namespace' | 'proxy' = 'namespace',
) {
  const copy = await copies.copy();
  const context: TestContext = await copy.context({
    ...CONFIG,
    scratch: { kind: 'local', directory: path.join(directory, 'scratch'), isolation },
  });
  opened = context;
  await quarantine().run(context);
  await sealScratch().run(context);
  const network = context.facts.network as NamespaceNetwork;
  const file = path.join(context.directory, 'program.cjs');
  await writeFile(
    file,
    `${program}\nsetTimeout(() => console.log('ready'), 100); setInterval(() => {}, 1000);`,
  );
  const node = [process.execPath, file];
  const [command = '', ...args] = IS_ROOT
    ? [
        'setpriv',
        `--reuid=${UID}`,
        '--clear-groups',
        '--inh-caps=+dac_read_search',
        '--ambient-caps=+dac_read_search',
        ...node,
      ]
    : node;
  const { pid, startTime, logFile } = await context.launch({
    role: APPLICATION,
    ...(await enter(network, { command, args })),
    env,
  });
  const isReady = async () => (await readFile(logFile, 'utf8')).includes('ready') || undefined;
  expect(await waitFor(isReady, { timeout: seconds(30), interval: 25 })).toBe(true);
  context.facts.application = { kind: 'process', pid, startTime, uid: UID };
  return { context, copy, network };
}
