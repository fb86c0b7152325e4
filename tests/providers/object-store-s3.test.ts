import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { PutObjectCommand, GetObjectRetentionCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createS3Client, startSeaweedfs, type Seaweedfs } from '../../lab/storage/seaweedfs.ts';
import { openReader, openWriter, type ObjectStoreOptions } from '../../src/providers/object-store/index.ts';
import { findFreePort } from '../../src/support/ports.ts';
import { itReadsLikeAnObjectStore, SEEDS } from '../contracts/object-store.contract.ts';

let directory: string;
let server: Seaweedfs;
let client: S3Client;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'muster-s3-'));
  server = await startSeaweedfs({ directory });
  client = createS3Client(server);
  await server.createBucket({ name: 'backups' });
  await server.createBucket({ name: 'archive', objectLock: true });
  for (const [key, body] of SEEDS) await put(`prod/${key}`, body);
  await put('prod2/stranger', Buffer.from('not ours'));
}, 120_000);

afterAll(async () => {
  client?.destroy();
  await server?.stop();
  await rm(directory, { recursive: true, force: true });
});

const options = (changes: object = {}): ObjectStoreOptions => ({
  kind: 's3',
  bucket: 'backups',
  prefix: 'prod',
  region: server.region,
  endpoint: server.endpoint,
  forcePathStyle: true,
  ...changes,
});
const keys = () => ({ accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey });

describe('S3', () => {
  itReadsLikeAnObjectStore({
    open: () => openReader(options(), keys()),
    openGone: async () =>
      openReader(options({ endpoint: `http://127.0.0.1:${await findFreePort()}` }), keys()),
    openMissing: () => openReader(options({ bucket: 'no-such-bucket' }), keys()),
    network: {
      port: () => Number(new URL(server.endpoint).port),
      openThrough: (port) => openReader(options({ endpoint: `http://127.0.0.1:${port}` }), keys()),
      openWithWrongCredentials: () =>
        openReader(options(), { ...keys(), secretAccessKey: 'not-the-key-at-all' }),
      secrets: () => [server.secretAccessKey, 'not-the-key-at-all'],
    },
  });

  it('follows small pages to their end', async () => {
    await using store = await openReader(options({ pageSize: 7 }), keys());
    let count = 0;
    for await (const _ of store.list('pages/00')) count++;
    expect(count).toBe(100);
  });

  it('reports a versioned, encrypted bucket, and one with object lock', async () => {
    await using backups = await openReader(options(), keys());
    expect(await backups.protection()).toEqual({ versioning: 'on', encryption: 'on', objectLock: 'off' });
    await using archive = await openReader(options({ bucket: 'archive' }), keys());
    expect(await archive.protection()).toMatchObject({ versioning: 'on', objectLock: 'on' });
  });

  it('names an access key that does not exist', async () => {
    await using store = await openReader(options(), { ...keys(), accessKeyId: 'LABNOBODY' });
    await expect(store.open('db/1.dump')).rejects.toMatchObject({
      message: expect.stringContaining('InvalidAccessKeyId'),
    });
  });

  it('lists the versions of exactly one key, newest first, and opens an older one', async () => {
    for (const body of ['first', 'second']) await put('prod/history', Buffer.from(body));
    await put('prod/history-of-another', Buffer.from('x'));
    await using store = await openReader(options(), keys());
    const versions = (await store.versions('history')) ?? [];
    expect(versions.map(({ size, isLatest }) => [size, isLatest])).toEqual([
      [6, true],
      [5, false],
    ]);
    expect(await text(await store.open('history'))).toBe('second');
    expect(await text(await store.open('history', { version: versions[1]?.id }))).toBe('first');
  });
});

describe('the archive in S3', () => {
  it('writes a body once, and refuses to write it again', async () => {
    await using writer = await openWriter(options({ bucket: 'archive' }), keys());
    await writer.put('run/summary.json', Buffer.from('{}'), { contentType: 'application/json' });
    await expect(
      writer.put('run/summary.json', Buffer.from('{"forged":true}'), { contentType: 'application/json' }),
    ).rejects.toMatchObject({ code: 'REPORT_FAILED' });
    await using reader = await openReader(options({ bucket: 'archive' }), keys());
    expect(await text(await reader.open('run/summary.json'))).toBe('{}');
  });

  it('writes bodies of several parts, and refuses to write them again', async () => {
    const body = Buffer.alloc(11 << 20, 'part ');
    await using writer = await openWriter(options({ bucket: 'archive' }), keys());
    const write = () => writer.put('run/video', Readable.from(slices(body)), { contentType: 'video/webm' });
    await write();
    await using reader = await openReader(options({ bucket: 'archive' }), keys());
    expect((await buffer(await reader.open('run/video'))).equals(body)).toBe(true);
    await expect(write()).rejects.toMatchObject({ code: 'REPORT_FAILED' });
  });

  it('locks what it writes until the given time', async () => {
    await using writer = await openWriter(
      options({ bucket: 'archive', retentionMode: 'GOVERNANCE' }),
      keys(),
    );
    expect(writer.canRetain).toBe(true);
    const retainUntil = new Date(Date.now() + 3_600_000);
    await writer.put('run/kept', Buffer.from('kept'), { contentType: 'text/plain', retainUntil });
    const { Retention } = await client.send(
      new GetObjectRetentionCommand({ Bucket: 'archive', Key: 'prod/run/kept' }),
    );
    expect(Retention?.Mode).toBe('GOVERNANCE');
    expect(Math.abs(Number(Retention?.RetainUntilDate) - Number(retainUntil))).toBeLessThan(1_000);
  });

  it('leaves nothing behind when it is stopped in the middle', async () => {
    await using writer = await openWriter(options({ bucket: 'archive' }), keys());
    const stop = new AbortController();
    const endless = Readable.from(
      (function* () {
        for (let sent = 0; ; sent += 65_536) {
          if (sent > 12 << 20) stop.abort(new Error('stopped by the operator'));
          yield Buffer.alloc(65_536);
        }
      })(),
    );
    const writing = writer.put('run/endless', endless, { contentType: 'text/plain', signal: stop.signal });
    await expect(writing).rejects.toThrow('stopped by the operator');
    await using reader = await openReader(options({ bucket: 'archive' }), keys());
    expect(await reader.stat('run/endless')).toBeUndefined();
  });

  it('promises no retention where the bucket has none', async () => {
    await using writer = await openWriter(options(), keys());
    expect(writer.canRetain).toBe(false);
  });

  it('rejects a bucket that does not exist before anything is written', async () => {
    await expect(openWriter(options({ bucket: 'no-such-bucket' }), keys())).rejects.toMatchObject({
      code: 'STORE_UNREADABLE',
    });
  });
});

async function put(Key: string, Body: Buffer, Bucket = 'backups'): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket, Key, Body }));
}

function* slices(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; at += 65_536) yield body.subarray(at, at + 65_536);
}
