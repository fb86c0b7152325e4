import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openFileStore } from '../../../lab/application/file-store.ts';
import { DEFAULT_SETTINGS } from '../../../lab/application/settings-defaults.ts';
import { startSeaweedfs, type Seaweedfs } from '../../../lab/storage/seaweedfs.ts';

let directory: string;
let server: Seaweedfs;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'muster-file-store-'));
  server = await startSeaweedfs({ directory: path.join(directory, 's3') });
}, 120_000);
afterAll(async () => {
  await server?.stop();
  await rm(directory, { recursive: true, force: true });
});

const settings = (driver: string, bucket = 'made-by-the-server') => ({
  ...DEFAULT_SETTINGS.FileSettings,
  DriverName: driver,
  Directory: path.join(directory, 'files'),
  AmazonS3Endpoint: server.endpoint.replace(/^https?:\/\//, ''),
  AmazonS3SSL: server.endpoint.startsWith('https'),
  AmazonS3AccessKeyId: server.accessKeyId,
  AmazonS3SecretAccessKey: server.secretAccessKey,
  AmazonS3Region: server.region,
  AmazonS3Bucket: bucket,
});

it.each(['local', 'amazons3'])(
  'reads what it wrote with %s, and answers 404 for what is not there',
  async (driver) => {
    const store = await openFileStore(settings(driver));
    await store.write('20260101/teams/x/note.txt', Buffer.from('bytes'));
    expect((await store.read('20260101/teams/x/note.txt')).toString()).toBe('bytes');
    await expect(store.read('20260101/none.txt')).rejects.toMatchObject({ status: 404 });
    expect(await store.isHealthy()).toBe(true);
  },
);

it('is unhealthy when nothing answers at its endpoint', async () => {
  const store = await openFileStore({ ...settings('amazons3'), AmazonS3Endpoint: '127.0.0.1:9' });
  expect(await store.isHealthy()).toBe(false);
});

it('leaves its folder for no path', async () => {
  const store = await openFileStore(settings('local'));
  await expect(store.read('../../etc/hostname')).rejects.toMatchObject({ status: 404 });
});

it('refuses a driver that 11.6 does not know', async () => {
  await expect(openFileStore(settings('azureblob'))).rejects.toThrow('azureblob');
});
