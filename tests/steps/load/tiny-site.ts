import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { WebSocketServer } from 'ws';

export interface TinySiteOptions {
  /** How this request is spoiled: answered with a status, late by so many milliseconds, or not at all. */
  spoil?(request: { method: string; path: string }): { status?: number; delayMs?: number } | undefined;
  /** Whether this message reaches the listeners. */
  deliver?(count: number): boolean;
}

/** As much of Mattermost's API as the load script touches: messages are taken, and come back over WebSockets. */
export async function openTinySite({ spoil, deliver = () => true }: TinySiteOptions = {}) {
  let posts = 0;
  const server = createServer((request, response) => void answer(request, response));
  const sockets = new WebSocketServer({ server, path: '/api/v4/websocket' });
  sockets.on('connection', (socket) => socket.send(JSON.stringify({ event: 'hello', data: {} })));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const path = url.replace('/api/v4', '').split('?')[0] ?? '';
    const body = await text(request);
    const { status, delayMs = 0 } = spoil?.({ method, path }) ?? {};
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    response.setHeader('content-type', 'application/json');
    if (status !== undefined) return void response.writeHead(status).end('{}');
    if (method === 'POST' && path === '/posts') {
      const { message } = JSON.parse(body) as { message: string };
      const post = { id: randomBytes(13).toString('hex'), message };
      response.writeHead(201).end(JSON.stringify(post));
      const frame = JSON.stringify({ event: 'posted', data: { post: JSON.stringify(post) } });
      if (deliver((posts += 1))) for (const socket of sockets.clients) socket.send(frame);
      return;
    }
    if (path === '/files') return void response.writeHead(201).end('{"file_infos":[{"id":"f"}]}');
    response.writeHead(200).end(JSON.stringify({ order: [], posts: {} }));
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
