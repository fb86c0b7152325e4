import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { create } from 'tar';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createS3Client, startSeaweedfs, type Seaweedfs } from '../../../lab/storage/seaweedfs.ts';
import { createCertificateAuthority, issueCertificate } from '../../../lab/tls.ts';
import type { ConfigInput } from '../../../src/model/config.ts';
import { openScratch } from '../../../src/providers/object-store/index.ts';
import { findFilesBackup } from '../../../src/steps/backups/find-files.ts';
import { openBackupStore } from '../../../src/steps/backups/open-stores.ts';
import { auditIntegrity } from '../../../src/steps/restore/audit-integrity.ts';
import { quarantine } from '../../../src/steps/restore/quarantine.ts';
import { restoreFiles } from '../../../src/steps/restore/restore-files.ts';
import { openRestoredFiles } from '../../../src/steps/restore/restored-files.ts';
import { startApplication } from '../../../src/steps/restore/start-application.ts';
import { httpsGet } from '../../../src/support/https-get.ts';
import { findFreePort } from '../../../src/support/ports.ts';
import { openStepContext, type TestContext } from '../../support/step-context.ts';
import { openRestoredCopies } from './restored-copies.ts';

vi.setConfig({ testTimeout: 120_000 });

const FOLDER = '2026-11-21T030000Z';
const SECRETS = {
  id: 'MUSTER_TEST_SCRATCH_KEY_ID',
  key: 'MUSTER_TEST_SCRATCH_KEY',
  idp: 'MUSTER_TEST_BUCKET_IDP',
};

let directory: string;
let server: Seaweedfs;
let client: S3Client;
let prefixes = 0;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'muster-bucket-'), { encoding: 'utf8' });
  server = await startSeaweedfs({ directory: path.join(directory, 's3') });
  client = createS3Client(server);
  await server.createBucket({ name: 'scratch' });
  process.env[SECRETS.id] = server.accessKeyId;
  process.env[SECRETS.key] = server.secretAccessKey;
  process.env[SECRETS.idp] = 'a-secret-of-the-client';
}, 120_000);
afterAll(async () => {
  for (const name of Object.values(SECRETS)) delete process.env[name];
  client?.destroy();
  await server?.stop();
  await rm(directory, { recursive: true, force: true });
});

describe('restoring files into a bucket', () => {
  it('brings back every file of a folder, and takes it away again with all its versions', async () => {
    await using ctx = await openStepContext({ config: { scratch: scratch('drills/folder') } });
    await put('drills/folder-of-others/keep.txt', 'theirs');
    const large = randomBytes(11 * 2 ** 20);
    const wanted = {
      '20261120/note ☃.txt': Buffer.from('one'),
      '20261120/empty': Buffer.alloc(0),
      'users/large.bin': large,
    };
    await putBackup(ctx, wanted);
    await restore(ctx);
    expect(ctx.checkOf('restore.files-match-backup').verdict).toBe('passed');
    expect([...ctx.resources]).toEqual([`bucket-prefix s3://scratch/drills/folder/${ctx.runId}/`]);
    await using files = await openRestoredFiles(ctx);
    for (const [key, body] of Object.entries(wanted)) {
      expect(await files.sizeOf(key), key).toBe(body.length);
      expect(await files.sha256(key), key).toBe(sha256(body));
    }
    expect(await files.sizeOf('../keep.txt')).toBeUndefined();
    // The application writes beside them, and over one; an upload of it never ended.
    await put(`drills/folder/${ctx.runId}/testfile`, 'of the application');
    await put(`drills/folder/${ctx.runId}/20261120/empty`, 'no longer');
    const Key = `drills/folder/${ctx.runId}/half`;
    await client.send(new CreateMultipartUploadCommand({ Bucket: 'scratch', Key }));

    await restoreFiles().undo?.(ctx);
    expect([...ctx.resources]).toEqual([]);
    expect(await versionsUnder('drills/')).toEqual(['drills/folder-of-others/keep.txt']);
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: 'scratch' }));
    expect(Uploads).toEqual([]);
  });

  it.each([false, true])('brings back every file of a tar that wraps the store (gzip: %s)', async (gzip) => {
    await using ctx = await openStepContext({ config: { scratch: scratch() } });
    const many = Array.from(
      { length: 60 },
      (_, n) => [`data/20261120/${n}.txt`, Buffer.from(`file ${n}`)] as const,
    );
    const source = await writeFiles(path.join(ctx.directory, 'source'), {
      ...Object.fromEntries(many),
      'data/users/large.bin': randomBytes(9 * 2 ** 20),
      'data/20261120/empty': Buffer.alloc(0),
    });
    await mkdir(path.join(ctx.directory, 'backups', 'files'), { recursive: true });
    const file = path.join(ctx.directory, 'backups', 'files', gzip ? '2026.tar.gz' : '2026.tar');
    await create({ file, cwd: source, gzip }, ['data']);
    await restore(ctx);
    expect(ctx.get('files')).toMatchObject({
      objects: 62,
      prefix: expect.stringMatching(/\/data\/$/) as string,
    });
    await using files = await openRestoredFiles(ctx);
    for (const [key, body] of many) expect(await files.sha256(key.slice('data/'.length))).toBe(sha256(body));
    expect(await files.sizeOf('users/large.bin')).toBe(9 * 2 ** 20);
    expect(await files.sizeOf('20261120/empty')).toBe(0);
    await restoreFiles().undo?.(ctx);
  });

  it('refuses a prefix that holds anything, and leaves that alone', async () => {
    for (const at of ['', 'RUN/']) {
      await using ctx = await openStepContext({ config: { scratch: scratch('taken') } });
      const key = `taken/${at.replace('RUN', ctx.runId)}foreign.txt`;
      await put(key, 'not ours');
      await putBackup(ctx, { '20261120/note.txt': Buffer.from('one') });
      await expect(restore(ctx)).rejects.toMatchObject({ code: 'SCRATCH_NOT_EMPTY' });
      await restoreFiles().undo?.(ctx);
      expect(await versionsUnder('taken/')).toContain(key);
    }
  });

  it.each<[string, Partial<ConfigInput>]>([
    ['the bucket of the backups', { backups: { store: store('other/prefix'), database: {}, files: {} } }],
    ['the bucket of the archive', { archive: { store: store('reports') } }],
    [
      'a host of production',
      { site: { url: 'https://chat.example.test', production: { hosts: ['127.0.0.1'] } } },
    ],
  ])('refuses %s', async (_what, config) => {
    await using ctx = await openStepContext({ config: { scratch: scratch(), ...replaceEndpoint(config) } });
    await expect(restoreFiles().run(ctx)).rejects.toMatchObject({ code: 'SCRATCH_IS_PRODUCTION' });
  });

  it('says that undo is incomplete when the store keeps what it should delete', async () => {
    await server.createBucket({ name: 'locked', objectLock: { days: 1 } });
    const options = { ...storeOptions(), bucket: 'locked' };
    await using locked = await openScratch(options, keys(), '2026-11-22T0000Z-test-0000');
    await locked.put('kept.txt', Buffer.from('kept'));
    await expect(locked.clear()).rejects.toMatchObject({ code: 'TEARDOWN_INCOMPLETE' });
  });

  it.each(['', '..', 'drills/'])('is never opened for more than one run’s folder: "%s"', async (id) => {
    await expect(openScratch(storeOptions(), keys(), id)).rejects.toMatchObject({ code: 'HARNESS_BUG' });
  });
});

it('starts the site on the bucket: healthy, audited, and a file of a post downloads with its bytes', async () => {
  await using copies = await openRestoredCopies();
  const copy = await copies.copy();
  const port = await findFreePort();
  const ca = await createCertificateAuthority(path.join(directory, 'tls'));
  const { certFile, keyFile } = await issueCertificate(ca, { names: ['chat.example.test'] });
  await using ctx = await copy.context({
    site: { url: `https://chat.example.test:${port}`, production: { hosts: ['*.production.invalid'] } },
    scratch: scratch(),
    identity: {
      secondary: {
        kind: 'gitlab',
        authorizationUrl: 'https://idp.example.test/authorize',
        tokenUrl: 'https://idp.example.test/token',
        userInfoUrl: 'https://idp.example.test/user',
        clientId: 'mattermost',
        clientSecret: { env: SECRETS.idp },
      },
      primary: { hosts: ['sso.example.test'] },
    },
    tls: { certificate: certFile, key: keyFile, ca: ca.certFile },
  });
  ctx.facts.scratch = { ...ctx.get('scratch'), port };
  ctx.facts.backups = {
    ...ctx.get('backups'),
    files: {
      location: '',
      kind: 'prefix',
      key: 'files/',
      takenAt: ctx.outageAt.toISOString(),
      objects: 1,
      bytes: 1,
      sha256: {},
    },
  };
  delete ctx.facts.files;
  await restoreFiles().run(ctx);
  const files = ctx.get('files');
  const bucketPrefix = files.kind === 'bucket' ? files.prefix : '';
  expect(bucketPrefix).toContain(ctx.runId);
  await auditIntegrity().run(ctx);
  const audited = ctx.checks.filter(({ id }) => /^audit\.(files|previews|pictures)-/.test(id));
  expect(audited.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(
    audited.map(({ id }) => `${id} passed`),
  );
  await quarantine().run(ctx);
  await startApplication().run(ctx);
  expect(ctx.checkOf('application.healthy').verdict).toBe('passed');

  const { rows } = await copy.client.query<{ id: string; path: string; userid: string }>(
    `SELECT f.id, f.path, f.creatorid AS userid FROM fileinfo f JOIN channelmembers m ON m.channelid = f.channelid AND m.userid = f.creatorid
      WHERE f.deleteat = 0 AND f.postid <> '' AND f.path <> '' LIMIT 1`,
  );
  const [file] = rows;
  const token = randomBytes(16).toString('hex').slice(0, 26);
  await copy.client.query(
    `INSERT INTO sessions (id, token, createat, expiresat, lastactivityat, userid, deviceid, roles, isoauth, expirednotify, props)
     VALUES ($1, $1, $2, $3, $2, $4, '', 'system_user', false, false, '{}')`,
    [token, Date.now(), Date.now() + 3_600_000, file?.userid],
  );
  const answer = await httpsGet(new URL(`/api/v4/files/${file?.id}`, ctx.config.site.url), {
    ca: await readFile(ca.certFile),
    lookup: async () => '127.0.0.1',
    headers: { authorization: `Bearer ${token}` },
  });
  expect(answer.status).toBe(200);
  expect(answer.body.length).toBeGreaterThan(0);
  expect(answer.body).toBe((await readFile(path.join(copies.files, file?.path ?? ''))).toString());
  await startApplication().undo?.(ctx);

  await put(`${bucketPrefix}${file?.path}`, 'x'.repeat(answer.body.length));
  ctx.checks.splice(0);
  await auditIntegrity().run(ctx);
  expect(ctx.checkOf('audit.files-content')).toMatchObject({ verdict: 'missed', code: 'FILES_DAMAGED' });
  await quarantine().undo?.(ctx);
  await restoreFiles().undo?.(ctx);
  expect([...ctx.resources]).toEqual([]);
  expect(await versionsUnder(bucketPrefix)).toEqual([]);
});

const keys = () => ({ accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey });
const storeOptions = () => ({
  kind: 's3' as const,
  bucket: 'scratch',
  prefix: 'drills',
  region: server.region,
  endpoint: server.endpoint,
  forcePathStyle: true,
});

function store(prefix: string) {
  return {
    kind: 's3' as const,
    bucket: 'scratch',
    prefix,
    endpoint: server?.endpoint ?? 'http://to-be-replaced.invalid',
    forcePathStyle: true,
    accessKeyId: { env: SECRETS.id },
    secretAccessKey: { env: SECRETS.key },
  };
}

/** The table of cases is made before the server is started. */
const replaceEndpoint = (config: Partial<ConfigInput>): Partial<ConfigInput> =>
  JSON.parse(
    JSON.stringify(config).replaceAll('http://to-be-replaced.invalid', server.endpoint),
  ) as Partial<ConfigInput>;

function scratch(prefix = `drills/${++prefixes}`): ConfigInput['scratch'] {
  return {
    kind: 'local',
    directory: path.join(directory, `scratch-${++prefixes}`),
    files: { kind: 'bucket', store: store(prefix) },
  };
}

async function put(Key: string, text: string): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: 'scratch', Key, Body: text }));
}

async function versionsUnder(Prefix: string): Promise<readonly (string | undefined)[]> {
  const { Versions = [], DeleteMarkers = [] } = await client.send(
    new ListObjectVersionsCommand({ Bucket: 'scratch', Prefix }),
  );
  return [...Versions, ...DeleteMarkers].map(({ Key }) => Key);
}

async function writeFiles(folder: string, files: Readonly<Record<string, Buffer>>): Promise<string> {
  for (const [name, body] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), body);
  }
  return folder;
}

const putBackup = (ctx: TestContext, files: Readonly<Record<string, Buffer>>) =>
  writeFiles(path.join(ctx.directory, 'backups', 'files', FOLDER), files);

async function restore(ctx: TestContext): Promise<void> {
  await using backups = await openBackupStore(ctx);
  const found = await findFilesBackup(backups, {
    files: ctx.config.backups.files,
    outageAt: new Date(),
    signal: ctx.signal,
  });
  ctx.set('backups', { database: undefined as never, files: found!, configuration: null, velero: null });
  ctx.set('scratch', {
    directory: path.join(ctx.directory, 'scratch'),
    databaseDirectory: null,
    address: '127.0.0.1',
    port: 0,
  });
  await restoreFiles().run(ctx);
}

const sha256 = (body: Buffer): string => createHash('sha256').update(body).digest('hex');
