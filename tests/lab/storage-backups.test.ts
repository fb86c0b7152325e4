import { execa } from 'execa';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { createHash } from 'node:crypto';
import { list } from 'tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putFolder } from '../../lab/backups/put-folder.ts';
import { takeBackups, type BackupManifest, type BackupOptions } from '../../lab/backups/take-backups.ts';
import { startCluster, type LabCluster } from '../../lab/database/cluster.ts';
import { startAzurite, type Azurite } from '../../lab/storage/azurite.ts';
import { startSeaweedfs, type Seaweedfs } from '../../lab/storage/seaweedfs.ts';
import { openBucket, openContainer } from '../../lab/storage/writers.ts';
import type { ObjectReader } from '../../src/providers/object-store/contract.ts';
import { openReader } from '../../src/providers/object-store/index.ts';
import { findFreePort } from '../../src/support/ports.ts';
import { requireTool } from '../../src/support/tools.ts';
import { keysUnder } from '../contracts/object-store.contract.ts';

const TAKEN_AT = new Date('2026-11-22T02:00:00.000Z');
const STAMP = '2026-11-22T020000Z';

let directory: string;
let cluster: LabCluster;
let s3: Seaweedfs;
let azure: Azurite;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'muster-take-'));
  await chmod(directory, 0o755);
  [cluster, s3, azure] = await Promise.all([
    startCluster({
      directory: path.join(directory, 'pg'),
      port: await findFreePort(),
      password: 'with:colon\\and backslash',
    }),
    startSeaweedfs({ directory: path.join(directory, 's3') }),
    startAzurite({ directory: path.join(directory, 'azure') }),
  ]);
  await s3.createBucket({ name: 'backups', objectLock: { days: 1 } });
  await azure.createContainer('copies');
  const client = await cluster.connect(cluster.database);
  await client.query(
    `create table posts (id int primary key, message text); alter table posts owner to ${cluster.user}`,
  );
  await client.query("insert into posts select n, 'message ' || n from generate_series(1, 1000) n");
  await client.end();
  await mkdir(path.join(directory, 'files/2026'), { recursive: true });
  await writeFile(path.join(directory, 'files/2026/Grüße aus Köln.txt'), 'hello');
  await writeFile(path.join(directory, 'files/logo.png'), Buffer.alloc(9 << 20, 'x'));
}, 180_000);

afterAll(async () => {
  await Promise.all([cluster?.stop(), s3?.stop(), azure?.stop()]);
  await rm(directory, { recursive: true, force: true });
});

async function take(prefix: string, changes: Partial<BackupOptions> = {}) {
  await using bucket = openBucket(s3, 'backups', prefix);
  await using container = openContainer(azure, 'copies', prefix);
  const { address: host, port, user, password, database } = cluster;
  return takeBackups({
    database: { host, port, user, password, database },
    fileStore: path.join(directory, 'files'),
    configuration: '{"ServiceSettings":{}}',
    stores: [bucket, container],
    takenAt: TAKEN_AT,
    ...changes,
  });
}

const readS3 = (prefix: string) =>
  openReader(
    { kind: 's3', bucket: 'backups', prefix, region: s3.region, endpoint: s3.endpoint, forcePathStyle: true },
    s3,
  );

describe('a backup of the lab', () => {
  it('lies under stamped keys, in the bucket and as a second copy', async () => {
    const { keys } = await take('plainly/');
    const wanted = [
      `config/${STAMP}/config.json`,
      `db/${STAMP}/manifest.json`,
      `db/${STAMP}/mattermost.dump`,
      `files/${STAMP}/2026/Grüße aus Köln.txt`,
      `files/${STAMP}/logo.png`,
    ];
    expect(keys.toSorted()).toEqual(wanted);
    await using bucket = await readS3('plainly');
    expect(await keysUnder(bucket, '')).toEqual(wanted);
    await using copies = await openReader(
      { kind: 'azure-blob', container: 'copies', prefix: 'plainly' },
      azure,
    );
    expect(await keysUnder(copies, '')).toEqual(wanted);
    for (const key of wanted)
      expect((await buffer(await copies.open(key))).equals(await buffer(await bucket.open(key)))).toBe(true);
    expect(await text(await bucket.open(`files/${STAMP}/2026/Grüße aus Köln.txt`))).toBe('hello');
  });

  it('has a manifest that names every byte of the dump, and no password', async () => {
    await take('manifest/', { formats: ['custom', 'directory', 'plain'] });
    await using store = await readS3('manifest');
    const manifest = JSON.parse(await text(await store.open(`db/${STAMP}/manifest.json`))) as BackupManifest;
    expect(manifest).toMatchObject({
      formatVersion: 1,
      takenAt: '2026-11-22T02:00:00.000Z',
      database: 'mattermost',
    });
    expect(manifest.pgDump).toMatch(/^\d+\.\d+$/);
    const keys = await keysUnder(store, `db/${STAMP}/`);
    expect(keys.filter((key) => !key.endsWith('manifest.json'))).toEqual(
      manifest.files.map((file) => `db/${STAMP}/${file.path}`).toSorted(),
    );
    expect(keys).toContain(`db/${STAMP}/mattermost.dir/toc.dat`);
    expect(keys).toContain(`db/${STAMP}/mattermost.sql.gz`);
    for (const file of manifest.files) {
      const body = await buffer(await store.open(`db/${STAMP}/${file.path}`));
      expect([body.length, createHash('sha256').update(body).digest('hex')]).toEqual([
        file.size,
        file.sha256,
      ]);
      expect(body.includes(cluster.password)).toBe(false);
    }
  });

  it.each([
    ['custom', 'gzip', 'mattermost.dump'],
    ['custom', 'zstd', 'mattermost.dump.zst'],
    ['plain', 'none', 'mattermost.sql'],
    ['plain', 'zstd', 'mattermost.sql.zst'],
  ] as const)('is readable by the real tools as %s with %s', async (format, compression, name) => {
    await take(`${format}-${compression}/`, { formats: [format], compression });
    await using store = await readS3(`${format}-${compression}`);
    let body = await buffer(await store.open(`db/${STAMP}/${name}`));
    if (compression === 'zstd') {
      body = Buffer.from(
        (await execa(await requireTool('zstd'), ['-dc'], { input: body, encoding: 'buffer' })).stdout,
      );
    }
    const sql =
      format === 'plain'
        ? body.toString()
        : (await execa(await requireTool('pg_restore'), ['--file=-'], { input: body })).stdout;
    expect(sql).toContain('message 1000');
  });

  it('can hold the files as one tar', async () => {
    await take('tarred/', { filesAs: 'tar', configuration: undefined });
    await using store = await readS3('tarred');
    expect(await keysUnder(store, 'files/')).toEqual([`files/${STAMP}.tar.gz`]);
    const file = path.join(directory, 'files.tar.gz');
    await writeFile(file, await buffer(await store.open(`files/${STAMP}.tar.gz`)));
    const entries: string[] = [];
    await list({ file, onReadEntry: (entry) => void entries.push(entry.path) });
    expect(entries).toEqual(expect.arrayContaining(['./2026/Grüße aus Köln.txt', './logo.png']));
    expect(await keysUnder(store, 'config/')).toEqual([]);
  });

  it('fails with LAB_FAILED, and shows no password, when the database turns it away', async () => {
    const { address: host, port, user, database } = cluster;
    const failing = take('refused/', {
      database: { host, port, user, database, password: 'not the password' },
    });
    await expect(failing).rejects.toMatchObject({
      code: 'LAB_FAILED',
      message: expect.stringMatching(/pg_dump failed with exit code 1.*authentication/s),
    });
    await expect(failing).rejects.toMatchObject({ message: expect.not.stringContaining('not the password') });
  });
});

describe("somebody else's backups", () => {
  it('are put under the given keys as they are', async () => {
    await using bucket = openBucket(s3, 'backups', 'theirs/');
    expect(await putFolder(bucket, path.join(directory, 'files'), { under: 'files/live/' })).toContain(
      'files/live/logo.png',
    );
    await using store: ObjectReader = await readS3('theirs');
    expect(
      (await buffer(await store.open('files/live/logo.png'))).equals(
        await readFile(path.join(directory, 'files/logo.png')),
      ),
    ).toBe(true);
  });

  it('keep their older versions when they are put again', async () => {
    const file = path.join(directory, 'again');
    await mkdir(file, { recursive: true });
    await using bucket = openBucket(s3, 'backups', 'again/');
    for (const body of ['damaged', 'whole']) {
      await writeFile(path.join(file, 'mattermost.dump'), body);
      await putFolder(bucket, file);
    }
    await using store = await readS3('again');
    expect((await store.versions('mattermost.dump'))?.map(({ size }) => size)).toEqual([5, 7]);
  });
});
