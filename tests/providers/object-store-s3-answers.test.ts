import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { openReader, openWriter, type ObjectStoreOptions } from '../../src/providers/object-store/index.ts';
import { keysUnder } from '../contracts/object-store.contract.ts';

/** What a store that we cannot run would answer: `METHOD ?subresource` → status and error code. */
type Answers = Readonly<Record<string, readonly [status: number, body: string]>>;

const error = (code: string) => `<Error><Code>${code}</Code><Message>no</Message></Error>`;
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' };

let server: Server;
afterEach(async () => {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
});

async function answering(answers: Answers): Promise<ObjectStoreOptions> {
  server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://x');
    const asked = ['versioning', 'encryption', 'object-lock', 'list-type'].find((name) =>
      searchParams.has(name),
    );
    const [status, body] = answers[`${request.method} ${asked ?? ''}`.trim()] ?? [200, ''];
    response
      .writeHead(status, { 'content-type': 'application/xml' })
      .end(request.method === 'HEAD' ? '' : body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    kind: 's3',
    bucket: 'b',
    region: 'eu-west-1',
    endpoint: `http://127.0.0.1:${port}`,
    forcePathStyle: true,
  };
}

describe('protection', () => {
  it('is unknown where the keys may not ask, and never taken for on', async () => {
    const store = await answering({
      'GET versioning': [403, error('AccessDenied')],
      'GET encryption': [403, error('AccessDenied')],
      'GET object-lock': [501, error('NotImplemented')],
    });
    await using reader = await openReader(store, KEYS);
    expect(await reader.protection()).toEqual({
      versioning: 'unknown',
      encryption: 'unknown',
      objectLock: 'unknown',
    });
  });

  it('is off where the store says that nothing is set', async () => {
    const store = await answering({
      'GET versioning': [
        200,
        '<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>',
      ],
      'GET encryption': [404, error('ServerSideEncryptionConfigurationNotFoundError')],
      'GET object-lock': [404, error('ObjectLockConfigurationNotFoundError')],
    });
    await using reader = await openReader(store, KEYS);
    expect(await reader.protection()).toEqual({ versioning: 'off', encryption: 'off', objectLock: 'off' });
  });
});

it.each([
  [403, 'AccessDenied', /access was denied \(403\)/, /may list and get/],
  [403, 'SignatureDoesNotMatch', /credentials were refused \(SignatureDoesNotMatch\)/, /secret key/],
  [400, 'ExpiredToken', /credentials were refused \(ExpiredToken\)/, /expiry/],
  [404, 'NoSuchBucket', /bucket "b" does not exist/, /bucket name/],
  [301, 'PermanentRedirect', /not served from/, /region/],
  [400, 'SomethingNew', /the store answered SomethingNew \(400\)/, /state of the store/],
])('says what a %i %s means, and what to check', async (status, code, message, hint) => {
  const store = await answering({ 'GET list-type': [status, error(code)] });
  await using reader = await openReader(store, KEYS);
  await expect(keysUnder(reader, '')).rejects.toMatchObject({
    code: 'STORE_UNREADABLE',
    message: expect.stringMatching(message),
    hint: expect.stringMatching(hint),
  });
});

it('promises no retention to an archive whose bucket does not tell', async () => {
  await using writer = await openWriter(
    await answering({ 'GET object-lock': [403, error('AccessDenied')] }),
    KEYS,
  );
  expect(writer.canRetain).toBe(false);
});
