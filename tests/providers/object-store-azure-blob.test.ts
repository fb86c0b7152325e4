import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { BlobServiceClient, ContainerSASPermissions } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAzurite, type Azurite } from '../../lab/storage/azurite.ts';
import { openReader, openWriter, type ObjectStoreOptions } from '../../src/providers/object-store/index.ts';
import { findFreePort } from '../../src/support/ports.ts';
import { itReadsLikeAnObjectStore, SEEDS } from '../contracts/object-store.contract.ts';

let directory: string;
let server: Azurite;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'muster-azure-'));
  server = await startAzurite({ directory });
  await server.createContainer('backups');
  const container = BlobServiceClient.fromConnectionString(server.connectionString).getContainerClient(
    'backups',
  );
  for (const [key, body] of SEEDS) await container.getBlockBlobClient(`prod/${key}`).uploadData(body);
  await container.getBlockBlobClient('prod2/stranger').uploadData(Buffer.from('not ours'));
}, 120_000);

afterAll(async () => {
  await server?.stop();
  await rm(directory, { recursive: true, force: true });
});

const options = (changes: object = {}): ObjectStoreOptions => ({
  kind: 'azure-blob',
  container: 'backups',
  prefix: 'prod',
  account: server.account,
  endpoint: server.endpoint,
  ...changes,
});
const at = (port: number) => `http://127.0.0.1:${port}/${server.account}`;
const key = () => ({ accountKey: server.accountKey });

describe('Azure Blob', () => {
  itReadsLikeAnObjectStore({
    open: () => openReader(options(), { connectionString: server.connectionString }),
    openGone: async () => openReader(options({ endpoint: at(await findFreePort()) }), key()),
    openMissing: () => openReader(options({ container: 'no-such-container' }), key()),
    network: {
      port: () => Number(new URL(server.endpoint).port),
      openThrough: (port) => openReader(options({ endpoint: at(port) }), key()),
      openWithWrongCredentials: () => openReader(options(), { accountKey: 'bm90LXRoZS1rZXk=' }),
      secrets: () => [server.accountKey, 'bm90LXRoZS1rZXk='],
    },
  });

  it('follows small pages to their end', async () => {
    await using store = await openReader(options({ pageSize: 7 }), key());
    let count = 0;
    for await (const _ of store.list('pages/00')) count++;
    expect(count).toBe(100);
  });

  it('reads with a SAS token, and shows it nowhere', async () => {
    const container = BlobServiceClient.fromConnectionString(server.connectionString).getContainerClient(
      'backups',
    );
    const url = await container.generateSasUrl({
      permissions: ContainerSASPermissions.parse('rl'),
      expiresOn: new Date(Date.now() + 600_000),
    });
    await using store = await openReader(options(), { sasToken: new URL(url).search });
    expect(await text(await store.open('db/1.dump'))).toBe('one');
    expect(store.location).toBe(`azure://${server.account}/backups/prod`);
  });

  it('does not claim what the emulator does not have', async () => {
    await using store = await openReader(options(), key());
    expect(await store.protection()).toEqual({
      versioning: 'not-applicable',
      encryption: 'not-applicable',
      objectLock: 'not-applicable',
    });
    expect(await store.versions('db/1.dump')).toBeUndefined();
  });

  it('does not quote a connection string that it cannot read', async () => {
    const connectionString = 'AccountKey=c2VjcmV0;AccountName=x';
    const error = await openReader(options(), { connectionString }).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(error).not.toHaveProperty('cause');
    expect(String(error)).not.toContain('c2VjcmV0');
  });
});

describe('the archive in Azure Blob', () => {
  it.each([
    ['a buffer', () => Buffer.from('{}')],
    ['a stream', () => Readable.from([Buffer.from('{}')], { objectMode: false })],
  ])('writes %s once, and refuses to write it again', async (name, body) => {
    await using writer = await openWriter(options({ prefix: `archive/${name}` }), key());
    await writer.put('run/summary.json', body(), { contentType: 'application/json' });
    await expect(
      writer.put('run/summary.json', body(), { contentType: 'application/json' }),
    ).rejects.toMatchObject({
      code: 'REPORT_FAILED',
    });
    await using reader = await openReader(options({ prefix: `archive/${name}` }), key());
    expect(await text(await reader.open('run/summary.json'))).toBe('{}');
  });
});
