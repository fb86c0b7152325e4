import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import {
  createCertificateAuthority,
  issueCertificate,
  type CertificateAuthority,
  type KeyPair,
} from '../../lab/tls.ts';
import { openConnectProxy, type ProxyEvent } from '../../src/support/connect-proxy.ts';
import { findFreePort } from '../../src/support/ports.ts';
import { startProcess, stopProcess } from '../../src/support/processes.ts';
import { openTlsFront, type TlsFront } from '../../src/support/tls-front.ts';
import { requireTool } from '../../src/support/tools.ts';
import { createTrustStore } from '../../src/support/trust-store.ts';
import { waitFor } from '../../src/support/wait-for.ts';
import { startTestDns, type TestDns } from '../lab/test-dns.ts';

const ADDRESS = '127.0.0.5';
let directory: string;
let authority: CertificateAuthority;
let pair: KeyPair;
let ca: Buffer;
let site: http.Server;
let upstream: { address: string; port: number };
let front: TlsFront;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'muster-test-front-'));
  authority = await createCertificateAuthority(path.join(directory, 'tls'));
  pair = await issueCertificate(authority, { names: ['chat.drill.test'], addresses: [ADDRESS] });
  ca = await readFile(authority.certFile);
  site = http.createServer(answer);
  const sockets = new WebSocketServer({ noServer: true });
  site.on('upgrade', (request, socket, head) => {
    if (request.url === '/forbidden')
      return void socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno');
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.send(`hello ${request.headers['x-forwarded-proto']}`);
      client.on('message', (message) => client.send(String(message)));
    });
  });
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  upstream = { address: '127.0.0.1', port: (site.address() as { port: number }).port };
  front = await openTlsFront({ address: ADDRESS, port: 0, ...pair, upstream });
}, 30_000);

afterAll(async () => {
  await front[Symbol.asyncDispose]();
  site.closeAllConnections();
  site.close();
  await rm(directory, { recursive: true, force: true });
});

describe('the TLS front', () => {
  it('forwards a request and says for whom', async () => {
    const { status, body } = await ask('/seen', { headers: { host: 'chat.drill.test' } });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      url: '/seen',
      host: 'chat.drill.test',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'chat.drill.test',
      'x-forwarded-for': '127.0.0.1',
    });
  });

  it('streams a body there and back, unchanged', async () => {
    const sent = 'é'.repeat(300_000);
    const { body } = await ask('/echo', { method: 'POST', body: sent });
    expect(body).toBe(sent);
  });

  it('passes on status, repeated headers and redirects as they are', async () => {
    const { status, headers } = await ask('/redirect');
    expect(status).toBe(302);
    expect(headers.location).toBe('/elsewhere');
    expect(headers['set-cookie']).toEqual(['a=1', 'b=2']);
  });

  it('carries a WebSocket', async () => {
    const socket = new WebSocket(`wss://${ADDRESS}:${front.port}/api/v4/websocket`, { ca });
    const [hello] = (await once(socket, 'message')) as [Buffer];
    expect(String(hello)).toBe('hello https');
    socket.send('ping');
    const [echo] = (await once(socket, 'message')) as [Buffer];
    expect(String(echo)).toBe('ping');
    socket.close();
    await once(socket, 'close');
  });

  it('passes on the refusal of a WebSocket', async () => {
    const socket = new WebSocket(`wss://${ADDRESS}:${front.port}/forbidden`, { ca });
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('403');
  });

  it('answers hundreds of requests at a time', async () => {
    const agent = new https.Agent({ keepAlive: true, maxSockets: 50 });
    const answers = await Promise.all(Array.from({ length: 500 }, () => ask('/seen', { agent })));
    agent.destroy();
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  }, 30_000);

  it('answers 502 with a reason while nobody is behind it', async () => {
    const nobody = { address: '127.0.0.1', port: await findFreePort() };
    await using lonely = await openTlsFront({ address: ADDRESS, port: 0, ...pair, upstream: nobody });
    const { status, body } = await ask('/', { port: lonely.port });
    expect(status).toBe(502);
    expect(body).toContain(`127.0.0.1:${nobody.port}`);
  });

  it('does not begin when the port is taken', async () => {
    await expect(
      openTlsFront({ address: ADDRESS, port: front.port, ...pair, upstream }),
    ).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('ends cleanly on SIGTERM as a process of its own', async () => {
    const port = await findFreePort([ADDRESS]);
    const program = fileURLToPath(new URL('../../src/support/tls-front.ts', import.meta.url));
    const listen = ['--listen', `${ADDRESS}:${port}`, '--upstream', `127.0.0.1:${upstream.port}`];
    const args = [program, ...listen, '--cert', pair.certFile, '--key', pair.keyFile];
    const running = await startProcess({
      command: process.execPath,
      args,
      logFile: path.join(directory, 'front.log'),
    });
    const reached = await waitFor(() => ask('/seen', { port }).catch(() => undefined), { timeout: 10_000 });
    expect(reached?.status).toBe(200);
    await stopProcess(running);
    expect(await running.ended).toBe('exit code 0');
  }, 30_000);
});

describe('the lab’s certificates', () => {
  it('are refused by who does not know the authority', async () => {
    await expect(ask('/seen', { ca: undefined })).rejects.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
  });

  it('can be made expired, and are refused then', async () => {
    const expired = await issueCertificate(authority, {
      file: 'expired',
      names: ['chat.drill.test'],
      addresses: [ADDRESS],
      validFrom: new Date('2020-01-01'),
      validUntil: new Date('2021-01-01'),
    });
    await using old = await openTlsFront({ address: ADDRESS, port: 0, ...expired, upstream });
    await expect(ask('/seen', { port: old.port })).rejects.toMatchObject({ code: 'CERT_HAS_EXPIRED' });
  });
});

describe('Chromium behind the proxy', () => {
  let dns: TestDns;
  beforeAll(async () => {
    dns = await startTestDns({ chat: ADDRESS }, 1);
  }, 30_000);
  afterAll(() => dns.stop());

  it('loads a page by name when it trusts the authority, and reaches the address that DNS gave', async () => {
    const { home } = await createTrustStore([authority.certFile], path.join(directory, 'trust'));
    const logFile = path.join(directory, 'proxy.jsonl');
    expect(await visit(home, logFile)).toBe('Reached over https');
    const lines = (await readFile(logFile, 'utf8')).trim().split('\n');
    const events = lines.map((line) => JSON.parse(line) as ProxyEvent);
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'opened', host: 'chat.drill.test', address: ADDRESS }),
    );
  }, 60_000);

  it('refuses the page without that trust', async () => {
    await expect(visit(path.join(directory, 'stranger'), path.join(directory, 'p2.jsonl'))).rejects.toThrow(
      'ERR_CERT_AUTHORITY_INVALID',
    );
  }, 60_000);

  async function visit(home: string, logFile: string): Promise<string | null> {
    await using proxy = await openConnectProxy({ resolvers: dns.resolvers, logFile });
    const browser = await chromium.launch({
      executablePath: await requireTool('chromium'),
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
      env: { PATH: process.env['PATH'] ?? '', HOME: home },
      proxy: { server: proxy.url },
    });
    try {
      const page = await browser.newPage();
      await page.goto(`https://chat.drill.test:${front.port}/page`);
      return await page.locator('h1').textContent();
    } finally {
      await browser.close();
    }
  }
});

function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  if (request.url === '/echo') return void request.pipe(response);
  if (request.url === '/redirect') {
    return void response.writeHead(302, { location: '/elsewhere', 'set-cookie': ['a=1', 'b=2'] }).end();
  }
  if (request.url === '/page') {
    const scheme = String(request.headers['x-forwarded-proto']);
    return void response.setHeader('content-type', 'text/html').end(`<h1>Reached over ${scheme}</h1>`);
  }
  response.end(JSON.stringify({ url: request.url, ...request.headers }));
}

interface AskOptions extends https.RequestOptions {
  readonly body?: string;
}

async function ask(url: string, { body, ...options }: AskOptions = {}) {
  const request = https.request({ host: ADDRESS, port: front.port, path: url, ca, agent: false, ...options });
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}
