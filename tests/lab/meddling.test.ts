import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { openMeddlingFront, type Meddling } from '../../lab/meddling/meddling-front.ts';
import { createCertificateAuthority, issueCertificate, type KeyPair } from '../../lab/tls.ts';
import { findFreePort } from '../../src/support/ports.ts';
import { httpsGet } from '../../src/support/https-get.ts';
import { listen } from '../support/listen.ts';

const ADDRESS = '127.0.0.5';
let directory: string;
let pair: KeyPair;
let ca: Buffer;
let upstream: { address: string; port: number };
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'muster-test-meddling-'));
  const authority = await createCertificateAuthority(directory);
  pair = await issueCertificate(authority, { names: ['chat.drill.test'], addresses: [ADDRESS] });
  ca = await readFile(authority.certFile);
  const tls = { cert: await readFile(pair.certFile), key: await readFile(pair.keyFile) };
  const site = createServer(tls, (request, response) => response.end(`the site: ${request.url}`));
  const sockets = new WebSocketServer({ server: site });
  sockets.on('connection', (socket) => ['hello', 'posted'].forEach((frame) => socket.send(frame)));
  upstream = { address: ADDRESS, port: await listen(site, ADDRESS) };
  closers.push(
    () => site.close(),
    () => site.closeAllConnections(),
  );
}, 30_000);

afterAll(async () => {
  for (const close of closers) close();
  await rm(directory, { recursive: true, force: true });
});

it('passes on what it does not meddle with', async () => {
  await using front = await open({});
  expect((await front.get('/api?x=1')).body).toBe('the site: /api?x=1');
  expect(await front.frames(2)).toEqual(['hello', 'posted']);
});

it('answers in the place of the site, and changes its answers', async () => {
  await using front = await open({
    answer: ({ path: asked }) => (asked === '/own' ? { status: 418, body: Buffer.from('mine') } : undefined),
    change: (_, { status, body }) => ({ status, body: Buffer.from(`${String(body)}!`) }),
  });
  expect(await front.get('/own?x=1')).toMatchObject({ status: 418, body: 'mine' });
  expect(await front.get('/other')).toMatchObject({ status: 200, body: 'the site: /other!' });
});

it('loses frames and doubles them', async () => {
  await using front = await open({ event: (frame) => (frame === 'hello' ? [] : [frame, frame]) });
  expect(await front.frames(2)).toEqual(['posted', 'posted']);
});

it('refuses WebSockets', async () => {
  await using front = await open({ refuseWebSockets: true });
  await expect(front.frames(1)).rejects.toThrow('502');
});

async function open(meddling: Meddling) {
  const port = await findFreePort([ADDRESS]);
  const tls = { certificate: pair.certFile, key: pair.keyFile };
  const front = await openMeddlingFront({ address: ADDRESS, port, tls, upstream, meddling });
  return {
    get: (asked: string) => httpsGet(`https://${ADDRESS}:${port}${asked}`, { ca }),
    async frames(count: number): Promise<readonly string[]> {
      const socket = new WebSocket(`wss://${ADDRESS}:${port}/`, { ca });
      const frames: string[] = [];
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.on('message', (data) => frames.push(String(data)) === count && resolve());
      });
      socket.terminate();
      return frames;
    },
    [Symbol.asyncDispose]: () => front[Symbol.asyncDispose](),
  };
}
