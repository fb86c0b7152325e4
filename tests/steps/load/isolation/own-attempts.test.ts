import { once } from 'node:events';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { proveProxy } from '../../../../src/steps/load/isolation/own-attempts.ts';

const { signal } = new AbortController();

let directory: string;
beforeAll(async () => void (directory = await mkdtemp(path.join(tmpdir(), 'muster-own-attempts-'))));
afterAll(() => rm(directory, { recursive: true }));

it('takes a proxy for silent that writes nothing down', async () => {
  await using proxy = await openProxy('silent.log', async () => {});
  expect(await proveProxy(proxy, signal)).toEqual(['a request to the proxy']);
});

it('waits for a proxy that answers before it has written', async () => {
  await using proxy = await openProxy('late.log', async (logFile, asked) => {
    await sleep(100);
    await appendFile(logFile, `${asked}\n`);
  });
  expect(await proveProxy(proxy, signal)).toEqual([]);
});

/** One that refuses everything, and does something about its log afterwards. */
async function openProxy(name: string, afterwards: (logFile: string, asked: string) => Promise<void>) {
  const logFile = path.join(directory, name);
  await writeFile(logFile, '');
  const server = createServer().on('connect', ({ url = '' }, socket) => {
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    void afterwards(logFile, url);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    logFile,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
