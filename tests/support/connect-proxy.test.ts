import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { once } from 'node:events';
import path from 'node:path';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDnsZone } from '../../src/providers/dns/index.ts';
import { watchSwitch } from '../../src/providers/dns/resolvers.ts';
import { openConnectProxy, type ConnectProxy, type ProxyEvent } from '../../src/support/connect-proxy.ts';
import { formatEndpoint } from '../../src/support/endpoint.ts';
import { findFreePort } from '../../src/support/ports.ts';
import { waitFor } from '../../src/support/wait-for.ts';
import { startTestDns, type TestDns } from '../lab/test-dns.ts';

let dns: TestDns;
let port: number;
let proxy: ConnectProxy;
let logFile: string;
const sites: http.Server[] = [];

beforeAll(async () => {
  dns = await startTestDns({ chat: '127.0.0.5', gone: '127.0.0.7' }, 1);
  port = await findFreePort(['127.0.0.5', '127.0.0.6']);
  for (const address of ['127.0.0.5', '127.0.0.6']) {
    const site = http.createServer((_request, response) => response.end(address));
    site.listen(port, address);
    await once(site, 'listening');
    sites.push(site);
  }
  logFile = path.join(dns.directory, 'proxy.jsonl');
  proxy = await openConnectProxy({ resolvers: dns.resolvers, logFile });
}, 30_000);

afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  for (const site of sites) site.close();
  await dns.stop();
});

it('takes each new connection where the resolvers say, and logs it', async () => {
  expect(await visit('chat.drill.test')).toBe('127.0.0.5');
  await using zone = await openDnsZone(
    {
      kind: 'rfc2136',
      server: formatEndpoint(dns.authoritative),
      zone: 'drill.test',
      key: { name: dns.keyName, algorithm: dns.algorithm },
    },
    dns,
  );
  await zone.point('chat.drill.test', '127.0.0.6', { ttl: 1 });
  const resolvers = dns.resolvers.map(formatEndpoint);
  await watchSwitch({ name: 'chat.drill.test', expected: '127.0.0.6', resolvers, timeout: 10_000 });
  expect(await visit('chat.drill.test')).toBe('127.0.0.6');

  const opened = (await readLog()).flatMap((line) => (line.event === 'opened' ? [line] : []));
  expect(opened.map(({ host, address }) => `${host} ${address}`)).toEqual([
    'chat.drill.test 127.0.0.5',
    'chat.drill.test 127.0.0.6',
  ]);
  expect(resolvers).toContain(opened[0]?.resolver);
}, 30_000);

it('counts the bytes of a connection when it is closed', async () => {
  await visit('chat.drill.test');
  const closed = await waitFor(async () => (await readLog()).find(({ event }) => event === 'closed'), {
    timeout: 5_000,
  });
  expect(closed).toMatchObject({
    event: 'closed',
    bytesUp: expect.any(Number),
    bytesDown: expect.any(Number),
  });
  expect(closed?.event === 'closed' && closed.bytesDown).toBeGreaterThan(0);
});

it('lists a connection while it is open', async () => {
  const { socket } = await tunnel(`chat.drill.test:${port}`);
  await expect.poll(() => proxy.connections.map(({ host }) => host)).toEqual(['chat.drill.test']);
  socket.destroy();
  await expect.poll(() => proxy.connections).toEqual([]);
});

it('refuses a host that no resolver knows, and logs why', async () => {
  const { status, body } = await tunnel('www.google.com:443');
  expect(status).toBe(502);
  expect(body).toContain('EREFUSED');
  expect((await readLog()).at(-1)).toMatchObject({ event: 'refused', host: 'www.google.com', port: 443 });
});

it('refuses a name of the zone that does not exist', async () => {
  const { status, body } = await tunnel('nobody.drill.test:443');
  expect(status).toBe(502);
  expect(body).toContain('ENOTFOUND');
});

it('says that a site is down when it is', async () => {
  const { status, body } = await tunnel(`gone.drill.test:${port}`);
  expect(status).toBe(502);
  expect(body).toContain('127.0.0.7');
});

it('lets literal loopback addresses through and no others', async () => {
  expect((await tunnel(`127.0.0.5:${port}`)).status).toBe(200);
  expect((await tunnel('192.0.2.1:443')).status).toBe(502);
});

it('lets through what is declared, by IPv6 as well, and nothing beside it', async () => {
  const declared = { address: '::ffff:127.0.0.5', port };
  await using strict = await openConnectProxy({
    resolvers: dns.resolvers,
    logFile: path.join(dns.directory, 'strict.jsonl'),
    allow: [formatEndpoint(declared)],
  });
  expect((await tunnel(formatEndpoint(declared), strict.url)).status).toBe(200);
  expect((await tunnel(formatEndpoint({ ...declared, port: port + 1 }), strict.url)).status).toBe(403);
  expect((await tunnel(`127.0.0.5:${port}`, strict.url)).status).toBe(403);
});

it('goes on with the other resolver when one is silent', async () => {
  const dead = { address: '127.0.0.1', port: 1 };
  await using other = await openConnectProxy({
    resolvers: [dead, ...dns.resolvers],
    logFile: path.join(dns.directory, 'other.jsonl'),
  });
  expect((await tunnel(`chat.drill.test:${port}`, other.url)).status).toBe(200);
});

it('does not fetch plain http', async () => {
  const answer = await fetch(`${proxy.url}/anything`);
  expect(answer.status).toBe(405);
  expect(await answer.text()).toContain('CONNECT');
});

async function readLog(): Promise<ProxyEvent[]> {
  const lines = (await readFile(logFile, 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as ProxyEvent);
}

async function visit(host: string): Promise<string> {
  const { socket } = await tunnel(`${host}:${port}`);
  const request = http.get({ createConnection: () => socket, host, path: '/' });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const body = await text(response);
  socket.destroy();
  return body;
}

async function tunnel(
  authority: string,
  through = proxy.url,
): Promise<{ status: number | undefined; socket: Socket; body: string }> {
  const { hostname, port: proxyPort } = new URL(through);
  const request = http.request({
    host: hostname,
    port: proxyPort,
    method: 'CONNECT',
    path: authority,
    agent: false,
  });
  request.end();
  const [response, socket, head] = (await once(request, 'connect')) as [http.IncomingMessage, Socket, Buffer];
  const failed = response.statusCode !== 200;
  return { status: response.statusCode, socket, body: failed ? head.toString() + (await text(socket)) : '' };
}
