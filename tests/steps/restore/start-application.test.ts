import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { create } from 'tar';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createCertificateAuthority, issueCertificate } from '../../../lab/tls.ts';
import type { ConfigInput } from '../../../src/model/config.ts';
import { promisesOf } from '../../../src/model/drill.ts';
import { quarantine } from '../../../src/steps/restore/quarantine.ts';
import { nothingLeftTheScratch } from '../../../src/steps/load/nothing-left-the-scratch.ts';
import { sealScratch } from '../../../src/steps/preflight/seal-scratch.ts';
import { startApplication } from '../../../src/steps/restore/start-application.ts';
import { findFreePort, isPortFree } from '../../../src/support/ports.ts';
import { openTlsFront } from '../../../src/support/tls-front.ts';
import { applicationEnvironment } from '../../../src/steps/restore/start-application/environment.ts';
import { findStrength } from '../../../src/support/scratch-network/strength.ts';
import { isOfStandIn, waitUntilHealthy } from '../../../src/steps/restore/start-application/health.ts';
import { httpsGet } from '../../../src/support/https-get.ts';
import type { TestContext } from '../../support/step-context.ts';
import { openRestoredCopies, type RestoredCopies } from './restored-copies.ts';

const strength = await findStrength();
const HOST = 'chat.example.test';
const CLIENT_SECRET = 'MUSTER_TEST_CLIENT_SECRET';
const STAND_IN = path.resolve('lab/application/main.ts');

// Each test works on a database of its own, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

let copies: RestoredCopies;
let directory: string;
let tls: ConfigInput['tls'];

beforeAll(async () => {
  process.env[CLIENT_SECRET] = 'a-secret-of-the-client';
  copies = await openRestoredCopies();
  directory = await mkdtemp(path.join(tmpdir(), 'muster-application-'), { encoding: 'utf8' });
  const ca = await createCertificateAuthority(path.join(directory, 'tls'));
  const { certFile, keyFile } = await issueCertificate(ca, { names: [HOST] });
  tls = { certificate: certFile, key: keyFile, ca: ca.certFile };
}, 120_000);
afterAll(async () => {
  delete process.env[CLIENT_SECRET];
  await copies[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

describe('the stand-in', () => {
  it('comes up on the restored data, proves that it is there, and goes again', async () => {
    const context = await open();
    await quarantine().run(context);
    await startApplication().run(context);

    expect(context.checks.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
    const made = context.checks.map(({ id }) => id);
    expect(promisesOf(startApplication(), context).filter((id) => !made.includes(id))).toEqual([]);
    expect(context.moments).toEqual(['site-healthy']);
    const { port } = context.facts.scratch!;
    expect(context.facts.site).toEqual({
      url: context.config.site.url,
      address: '127.0.0.1',
      port,
      application: 'stand-in',
      version: '11.6.0',
    });
    expect(JSON.parse((await get(context, '/api/v4/config/client?format=old')).body)).toMatchObject({
      SiteURL: context.config.site.url,
    });

    await startApplication().undo?.(context);
    expect(await isPortFree(port, '127.0.0.1')).toBe(true);
    await quarantine().undo?.(context);
    expect([...context.resources]).toEqual([]);
  });

  it.skipIf(strength.kind === 'proxy')(
    'is caught in a sealed scratch when it reaches for production, because nothing was quarantined',
    async () => {
      const context = await open({
        scratch: { kind: 'local', isolation: 'namespace', mayReach: [copies.endpoint] },
      });
      context.facts.quarantine = { environment: {}, scannedPlaces: 0, productionAddresses: [] };
      await sealScratch().run(context);
      await startApplication().run(context);
      await nothingLeftTheScratch().run(context);
      const verdicts = Object.fromEntries(
        context.checks.map(({ id, code, verdict }) => [id, code ?? verdict]),
      );
      expect(verdicts).toMatchObject({
        'application.healthy': 'passed',
        'isolation.counter-counts': 'passed',
        'isolation.nothing-left': 'passed',
        'isolation.site-is-quiet': 'SITE_REACHES_OUT',
        'isolation.no-production-pointer': 'PRODUCTION_ADDRESS_LEFT',
      });
      expect(context.checkOf('isolation.nothing-left').seen).toContain('notices.mattermost.com:443');
      await startApplication().undo?.(context);
      await sealScratch().undo?.(context);
      expect([...context.resources]).toEqual([]);
    },
  );

  it('gets its secrets by environment and never by an argument', async () => {
    const context = await open();
    const launched: { args: readonly string[]; env?: Readonly<Record<string, string>> }[] = [];
    const { launch } = context;
    Object.assign(context, {
      launch: (options: (typeof launched)[0] & Parameters<typeof launch>[0]) => (
        launched.push(options),
        launch(options)
      ),
    });
    await quarantine().run(context);
    await startApplication().run(context);
    const password = await readFile(context.facts.database!.passwordFile, 'utf8');
    expect(launched[0]?.env?.['MM_SQLSETTINGS_DATASOURCE']).toContain(encodeURIComponent(password));
    expect(launched.flatMap(({ args }) => args).join(' ')).not.toContain(password);
    expect(launched.flatMap(({ args }) => args).join(' ')).not.toContain('a-secret-of-the-client');
    expect(context.hidden).toEqual(expect.arrayContaining([password, 'a-secret-of-the-client']));
    expect(launched[0]?.env).toMatchObject({
      MM_JOBSETTINGS_RUNJOBS: 'false',
      MM_SERVICESETTINGS_SITEURL: context.config.site.url,
    });
    expect(Object.keys(launched[0]?.env ?? {})).not.toContain('MM_TEAMSETTINGS_ENABLEUSERCREATION');
    await startApplication().undo?.(context);
  });

  it.each([
    ['redact', 'WARN'],
    ['keep', undefined],
  ] as const)(
    'logs no more than evidence may hold where privacy.messageTexts is %s',
    async (messageTexts, level) => {
      const context = await open({ privacy: { messageTexts } });
      await quarantine().run(context);
      const environment = await applicationEnvironment(context, {
        listenAddress: '127.0.0.1:1',
        authorities: path.join(directory, 'authorities.pem'),
        databaseAuthority: undefined,
      });
      expect(environment['MM_LOGSETTINGS_CONSOLELEVEL']).toBe(level);
      expect(environment['MM_SQLSETTINGS_TRACE']).toBe(level && 'false');
    },
  );

  it('is not started when its port is taken', async () => {
    const context = await open();
    await quarantine().run(context);
    const other = createServer().listen(context.facts.scratch!.port, '127.0.0.1');
    await once(other, 'listening');
    await expect(startApplication().run(context)).rejects.toMatchObject({ code: 'PORT_TAKEN' });
    other.close();
  });

  it('is not started with an address of production in its environment', async () => {
    const context = await open({
      identity: {
        secondary: secondary('https://sso.lost.example'),
        primary: { hosts: ['sso.lost.example'] },
      },
    });
    await quarantine().run(context);
    await expect(startApplication().run(context)).rejects.toMatchObject({ code: 'PRODUCTION_ADDRESS_LEFT' });
  });

  it('is not healthy without its database, and the error holds the end of its log', async () => {
    const context = await open();
    await quarantine().run(context);
    const file = path.join(directory, 'wrong-password');
    await writeFile(file, 'wrong');
    const { get: original } = context;
    // Ours is right, the application's is not.
    let asked = 0;
    Object.assign(context, {
      get: (fact: 'database') =>
        fact === 'database' && ++asked > 1 ? { ...original(fact), passwordFile: file } : original(fact),
    });
    await expect(startApplication().run(context)).rejects.toMatchObject({
      code: 'APPLICATION_NOT_HEALTHY',
      details: { log: expect.stringContaining('cannot start') },
    });
    await startApplication().undo?.(context);
  });

  it('is found out when it works on another database, and nobody is sent there', async () => {
    const context = await open();
    await quarantine().run(context);
    const elsewhere = (await copies.copy()).client.database ?? '';
    const { launch } = context;
    Object.assign(context, {
      launch: (options: Parameters<typeof launch>[0]) => {
        const { env = {} } = options;
        const dataSource = env['MM_SQLSETTINGS_DATASOURCE']?.replace(/copy_\d+/, elsewhere) ?? '';
        return launch({
          ...options,
          env: { ...env, MM_SQLSETTINGS_DATASOURCE: dataSource, MM_CONFIG: dataSource },
        });
      },
    });
    await startApplication().run(context);
    expect(context.checkOf('application.dsn-is-scratch')).toMatchObject({
      verdict: 'missed',
      code: 'NOT_ON_SCRATCH',
    });
    expect(context.facts.site).toBeUndefined();
    await startApplication().undo?.(context);
  });

  it('leaves nothing behind when undo comes before it was started', async () => {
    const context = await open();
    await startApplication().undo?.(context);
    expect([...context.resources]).toEqual([]);
  });
});

describe('health', () => {
  it.each<[string, (own: string) => Promise<string>, string]>([
    [
      'is not seen by a client that does not trust the certificate',
      async () => otherAuthority(),
      'certificate',
    ],
    ['is not that of a front without a site behind it', async (own) => own, 'HTTP 502'],
  ])('%s', async (_what, authority, last) => {
    const { certificate: certFile, key: keyFile, ca = '' } = tls;
    const upstream = { address: '127.0.0.1', port: await findFreePort() };
    await using front = await openTlsFront({ address: '127.0.0.1', port: 0, certFile, keyFile, upstream });
    const context = await open({ tls: { ...tls, ca: await authority(ca) } });
    context.facts.scratch = { ...context.facts.scratch!, port: front.port };
    const process = { pid: 1, startTime: '', logFile: '', ended: new Promise<string>(() => {}) };
    await expect(
      waitUntilHealthy(context, { application: process, front: process, patience: 300 }),
    ).rejects.toMatchObject({
      code: 'APPLICATION_NOT_HEALTHY',
      details: { 'last answer': expect.stringContaining(last) },
    });
  });

  async function otherAuthority(): Promise<string> {
    return (await createCertificateAuthority(path.join(directory, 'other'))).certFile;
  }
});

it.each([
  ['11.6.0.stand-in.d41d8cd98f.false', true],
  ['11.6.0.16845193724.d41d8cd98f.false', false],
  [undefined, false],
])('tells by its answer %s whether the stand-in is at work', (header, expected) => {
  expect(isOfStandIn(header)).toBe(expected);
});

describe('an official archive', () => {
  it('is unpacked and started on the restored data', async () => {
    const context = await open({ application: { kind: 'tarball', archive: await archive() } });
    await quarantine().run(context);
    await startApplication().run(context);
    expect(context.checks.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
    expect(context.checkOf('application.schema-not-older').verdict).toBe('passed');
    expect(context.facts.site).toMatchObject({ application: 'official', version: '11.6.0' });
    const ran = JSON.parse(
      await readFile(
        path.join(context.facts.scratch!.directory, 'application', 'mattermost', 'ran.json'),
        'utf8',
      ),
    );
    expect(ran.args).toEqual(['server']);
    if (process.getuid?.() === 0) expect(ran.uid).not.toBe(0);
    await startApplication().undo?.(context);
    await expect(readFile(path.join(context.facts.scratch!.directory, 'application'))).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });

  it('that is older than the dump is refused, and not started', async () => {
    const context = await open({
      application: { kind: 'tarball', archive: await archive({ migrations: 158 }) },
    });
    await quarantine().run(context);
    await expect(startApplication().run(context)).rejects.toMatchObject({ code: 'RESTORE_FAILED' });
    expect(context.checkOf('application.schema-not-older')).toMatchObject({
      verdict: 'missed',
      code: 'SERVER_TOO_OLD',
    });
    expect(context.facts.site).toBeUndefined();
  });

  it('that does not tell its migrations leaves that question open', async () => {
    const context = await open({
      application: { kind: 'tarball', archive: await archive({ migrations: 0 }) },
    });
    await quarantine().run(context);
    await startApplication().run(context);
    expect(context.checkOf('application.schema-not-older')).toMatchObject({
      verdict: 'unverified',
      code: 'SCHEMA_UNKNOWN',
    });
    await startApplication().undo?.(context);
  });

  it('of an older version than the backed-up site’s misses', async () => {
    const context = await open({ backups: { ...(await backups()), velero: {} } });
    context.facts.cluster = { ...context.facts.cluster!, version: '11.7.0' };
    await quarantine().run(context);
    await startApplication().run(context);
    expect(context.checkOf('application.version')).toMatchObject({
      verdict: 'missed',
      code: 'SERVER_TOO_OLD',
    });
    await startApplication().undo?.(context);
  });

  /** As published: one folder with the program, the web client, the settings and the migrations. */
  async function archive({ migrations = 159 } = {}): Promise<string> {
    const root = await mkdtemp(path.join(directory, 'archive-'));
    const inside = path.join(root, 'mattermost');
    for (const folder of ['bin', 'client', 'config', 'db/migrations/postgres', 'logs']) {
      await mkdir(path.join(inside, folder), { recursive: true });
    }
    const copy = await copies.copy();
    const { rows } = await copy.client.query<{ version: number; name: string }>(
      'SELECT version::int AS version, name FROM db_migrations WHERE version <= $1',
      [migrations],
    );
    for (const { version, name } of rows) {
      const file = `${String(version).padStart(6, '0')}_${name}.up.sql`;
      await writeFile(path.join(inside, 'db/migrations/postgres', file), '');
    }
    const program = `#!${process.execPath}
const { writeFileSync } = require('node:fs');
writeFileSync('ran.json', JSON.stringify({ args: process.argv.slice(2), uid: process.getuid() }));
process.argv[1] = ${JSON.stringify(STAND_IN)};
import(${JSON.stringify(STAND_IN)});
`;
    await writeFile(path.join(inside, 'bin/mattermost'), program, { mode: 0o755 });
    const file = path.join(root, 'mattermost-team-11.6.0-linux-amd64.tar.gz');
    await create({ cwd: root, gzip: true, file }, ['mattermost']);
    return file;
  }
});

const backups = async () => ({
  store: { kind: 'filesystem' as const, root: directory },
  database: {},
  files: {},
});

async function open(config: Partial<ConfigInput> = {}): Promise<TestContext> {
  const copy = await copies.copy();
  const port = await findFreePort();
  const context = await copy.context({
    site: { url: `https://${HOST}:${port}`, production: { hosts: ['*.production.invalid'] } },
    identity: { secondary: secondary('https://idp.example.test'), primary: { hosts: ['sso.example.test'] } },
    tls,
    ...config,
  });
  const files = path.join(context.directory, 'files');
  await cp(copies.files, files, { recursive: true });
  context.facts.files = { kind: 'folder', directory: files, objects: 0, bytes: 0 };
  context.facts.scratch = {
    directory: path.join(context.directory, 'scratch'),
    address: '127.0.0.1',
    port,
    databaseDirectory: null,
  };
  return context;
}

function secondary(url: string): ConfigInput['identity']['secondary'] {
  return {
    kind: 'gitlab',
    authorizationUrl: `${url}/authorize`,
    tokenUrl: `${url}/token`,
    userInfoUrl: `${url}/user`,
    clientId: 'mattermost',
    clientSecret: { env: CLIENT_SECRET },
  };
}

async function get(context: TestContext, where: string) {
  const ca = await readFile(context.config.tls.ca ?? '');
  return httpsGet(new URL(where, context.config.site.url), { ca, lookup: async () => '127.0.0.1' });
}
