import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { WebSocket, WebSocketServer } from 'ws';

export interface Asked {
  readonly method: string;
  /** Without the query: `/api/v4/posts`. */
  readonly path: string;
}

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** What goes wrong on the way; whatever is left out goes through as it came. */
export interface Meddling {
  /** Answers in the site's place, which then never hears of it. A promise that takes its time makes the site slow. */
  answer?(asked: Asked): Answer | undefined | Promise<Answer | undefined>;
  /** The site's answer as its client gets it. */
  change?(asked: Asked, answer: Answer): Answer;
  /** No WebSocket comes to be. */
  readonly refuseWebSockets?: boolean;
  /** The frames that a client gets for one that the site sent: none when it is lost. */
  event?(frame: string): readonly string[];
}

export interface MeddlingFrontOptions {
  readonly address: string;
  readonly port: number;
  /** PEM files. */
  readonly tls: { readonly certificate: string; readonly key: string };
  /** Where the site's own front is, with a certificate for the same name. */
  readonly upstream: { readonly address: string; readonly port: number };
  readonly meddling: Meddling;
}

/** A proxy between a site and its users that does what broken proxies and servers do. */
export async function openMeddlingFront({
  address,
  port,
  tls,
  upstream,
  meddling,
}: MeddlingFrontOptions): Promise<AsyncDisposable> {
  const [cert, key] = await Promise.all([readFile(tls.certificate), readFile(tls.key)]);
  // It is the same machine, and the certificate is not what is on trial here. A connection for each request: one that is
  // used again may be closed at that moment, and the error would be nobody's.
  const there = {
    host: upstream.address,
    port: upstream.port,
    rejectUnauthorized: false,
    agent: false,
  } as const;
  const sockets = new WebSocketServer({ noServer: true });

  const server = createServer({ cert, key }, (incoming, response) => {
    pass(incoming, response).catch(() => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    });
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('upgrade', (incoming, client, head) => {
    client.on('error', () => client.destroy());
    if (meddling.refuseWebSockets) client.end('HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n');
    else sockets.handleUpgrade(incoming, client, head, (socket) => bridge(incoming, socket));
  });

  async function pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = { method: incoming.method ?? '', path: (incoming.url ?? '').split('?')[0] ?? '' };
    const own = await meddling.answer?.(asked);
    if (own !== undefined) {
      incoming.resume();
      response.writeHead(own.status, { 'content-type': 'application/json' }).end(own.body);
      return;
    }
    const outgoing = request({
      ...there,
      method: incoming.method,
      path: incoming.url,
      setHost: false,
      // A body that may have to be changed must not come compressed.
      headers: { ...incoming.headers, ...(meddling.change && { 'accept-encoding': 'identity' }) },
    });
    incoming.pipe(outgoing);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    const status = answer.statusCode ?? 502;
    if (meddling.change === undefined) {
      response.writeHead(status, answer.headers);
      answer.pipe(response);
      return;
    }
    const changed = meddling.change(asked, { status, body: await buffer(answer) });
    const { 'transfer-encoding': _chunks, 'content-length': _length, ...headers } = answer.headers;
    response.writeHead(changed.status, headers).end(changed.body);
  }

  function bridge({ url, headers }: IncomingMessage, client: WebSocket): void {
    const { host, cookie, origin, authorization } = headers;
    const site = new WebSocket(`wss://${upstream.address}:${upstream.port}${url}`, {
      rejectUnauthorized: false,
      headers: withoutGaps({ host, cookie, origin, authorization }),
    });
    const early: string[] = [];
    client.on('message', (data) => {
      if (site.readyState === WebSocket.OPEN) site.send(String(data));
      else early.push(String(data));
    });
    site.on('open', () => early.forEach((frame) => site.send(frame)));
    site.on('message', (data) => {
      const frame = String(data);
      for (const one of meddling.event?.(frame) ?? [frame]) client.send(one);
    });
    for (const [one, other] of [
      [site, client],
      [client, site],
    ] as const) {
      one.on('close', () => other.close());
      one.on('error', () => other.terminate());
    }
  }

  server.listen(port, address);
  await once(server, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await closed;
    },
  };
}

function withoutGaps(headers: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
