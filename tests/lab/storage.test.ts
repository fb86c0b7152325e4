import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAzurite, stopAzurite } from '../../lab/storage/azurite.ts';
import {
  createS3Client,
  startSeaweedfs,
  stopSeaweedfs,
  type Seaweedfs,
} from '../../lab/storage/seaweedfs.ts';
import { isRunning } from '../../src/support/processes.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'muster-storage-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('the S3 server', () => {
  let server: Seaweedfs;
  let client: S3Client;
  beforeAll(async () => {
    server = await startSeaweedfs({ directory: path.join(directory, 's3') });
    client = createS3Client(server);
  }, 120_000);
  afterAll(async () => {
    client?.destroy();
    await server?.stop();
  });

  it('listens on loopback alone', async () => {
    const addresses = await listeningAddresses(server.process.pid);
    expect(addresses.length).toBeGreaterThan(3);
    expect(new Set(addresses)).toEqual(new Set(['127.0.0.1']));
  });

  it('keeps its keys from other users', async () => {
    for (const file of ['s3.json', 'secrets.json']) {
      expect((await stat(path.join(directory, 's3', file))).mode & 0o077).toBe(0);
    }
  });

  it('keeps no plain text on disk', async () => {
    await server.createBucket({ name: 'sealed' });
    const plain = 'a sentence that nobody else writes'.repeat(2_000);
    await client.send(new PutObjectCommand({ Bucket: 'sealed', Key: 'letter', Body: plain }));
    const files = await readdir(path.join(directory, 's3/data'), { recursive: true, withFileTypes: true });
    const bodies = await Promise.all(
      files.filter((file) => file.isFile()).map((file) => readFile(path.join(file.parentPath, file.name))),
    );
    expect(bodies.some((body) => body.length > plain.length)).toBe(true);
    expect(bodies.some((body) => body.includes('a sentence that nobody else writes'))).toBe(false);
  });

  it('makes more buckets than its default settings allow', async () => {
    for (const name of ['one', 'two', 'three', 'four']) {
      await server.createBucket({ name, objectLock: { days: 1 } });
      await client.send(new PutObjectCommand({ Bucket: name, Key: 'a', Body: 'a' }));
    }
  });

  it('ends, and leaves no socket or process, when another process stops it', async () => {
    const ref = JSON.parse(JSON.stringify(server.process)) as typeof server.process;
    expect(ref.sockets.some((socket) => existsSync(socket))).toBe(true);
    await stopSeaweedfs(ref);
    expect(isRunning(ref)).toBe(false);
    expect(ref.sockets.filter((socket) => existsSync(socket))).toEqual([]);
    await stopSeaweedfs(ref);
  });
});

describe('the blob service', () => {
  it('listens on loopback alone, knows only its own account, and ends when told', async () => {
    const server = await startAzurite({ directory: path.join(directory, 'azure') });
    try {
      expect(new Set(await listeningAddresses(server.process.pid))).toEqual(new Set(['127.0.0.1']));
      const wellKnown = await fetch(
        server.endpoint.replace(server.account, 'devstoreaccount1') + '?comp=list',
      );
      expect(wellKnown.ok).toBe(false);
    } finally {
      await stopAzurite(server.process);
    }
    expect(isRunning(server.process)).toBe(false);
  }, 120_000);
});

/** From /proc (proc(5)): the sockets of the process that are in state LISTEN (0A), by address. */
async function listeningAddresses(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const links = await Promise.all(
    (await readdir(folder)).map((fd) => readlink(path.join(folder, fd)).catch(() => '')),
  );
  const inodes = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  const found: string[] = [];
  for (const table of ['tcp', 'tcp6']) {
    for (const line of (await readFile(`/proc/${pid}/net/${table}`, 'utf8')).split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      if (state !== '0A' || !inodes.has(inode)) continue;
      const hex = local.split(':')[0] ?? '';
      found.push(hex.length === 8 ? [...Buffer.from(hex, 'hex')].toReversed().join('.') : hex);
    }
  }
  return found;
}
