import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import {
  Agent,
  request as requestUpstream,
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { formatEndpoint, parseEndpoint, type Endpoint } from './endpoint.ts';

export interface TlsFrontOptions {
  readonly address: string;
  /** 0 for any free one: see the `port` of what comes back. */
  readonly port: number;
  /** A socket that listens there already, by its file descriptor. */
  readonly fd?: number;
  /** PEM, with the chain. */
  readonly certFile: string;
  readonly keyFile: string;
  /** Where plain HTTP/1.1 is spoken. */
  readonly upstream: Endpoint;
}

export interface TlsFront extends AsyncDisposable {
  readonly port: number;
}

/**
 * Ends TLS and forwards HTTP/1.1 and WebSocket upgrades, as the proxy in front of a site would. While nobody answers
 * behind it, it says so with a 502. Rejects with what the system says (EADDRINUSE, EACCES …) when it cannot listen.
 */
export async function openTlsFront({
  address,
  port,
  fd,
  certFile,
  keyFile,
  upstream,
}: TlsFrontOptions): Promise<TlsFront> {
  const [cert, key] = await Promise.all([readFile(certFile), readFile(keyFile)]);
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 256 });
  const where = formatEndpoint(upstream);
  const tunnels = new Set<Socket>();

  const server = createServer({ cert, key }, (request, response) => forward(request, response));
  server.on('upgrade', upgrade);
  // A client that vanishes in mid-handshake is its own business.
  server.on('tlsClientError', (_error, socket) => socket.destroy());

  function forward(incoming: IncomingMessage, response: ServerResponse, retried = false): void {
    const outgoing = ask(incoming, agent);
    outgoing.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, withoutHopByHop(answer));
      answer.once('error', () => response.destroy());
      answer.once('aborted', () => response.destroy());
      answer.pipe(response);
    });
    outgoing.once('error', (error) => {
      // The upstream may close a kept-alive connection just as we use it again: nothing has been done then.
      if (outgoing.reusedSocket && !retried && isRepeatable(incoming) && !response.headersSent) {
        return forward(incoming, response, true);
      }
      if (response.headersSent) return void response.destroy();
      response.writeHead(502, { 'content-type': 'text/plain; charset=utf-8' }).end(apologise(error));
    });
    response.once('close', () => outgoing.destroy());
    if (isRepeatable(incoming)) outgoing.end();
    else incoming.pipe(outgoing);
  }

  function upgrade(incoming: IncomingMessage, client: Socket, head: Buffer): void {
    const outgoing = ask(incoming, undefined, {
      connection: 'Upgrade',
      upgrade: incoming.headers.upgrade ?? '',
    });
    client.on('error', () => client.destroy());
    client.once('close', () => outgoing.destroy());
    outgoing.once('upgrade', (answer, backend: Socket, first: Buffer) => {
      client.write(renderHead(answer));
      if (first.length > 0) client.write(first);
      if (head.length > 0) backend.write(head);
      for (const socket of [client, backend]) {
        socket.setNoDelay(true);
        socket.setTimeout(0);
        tunnels.add(socket);
        socket.once('close', () => tunnels.delete(socket));
      }
      backend.on('error', () => backend.destroy());
      backend.once('close', () => client.destroySoon());
      client.once('close', () => backend.destroy());
      client.pipe(backend).pipe(client);
    });
    // No upgrade: the upstream's own answer says why.
    outgoing.once('response', (answer) => {
      client.write(renderHead(answer, 'close'));
      answer.pipe(client);
    });
    outgoing.once('error', (error) => {
      client.end(
        `HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${apologise(error)}`,
      );
    });
    outgoing.end();
  }

  function ask(
    incoming: IncomingMessage,
    through: Agent | undefined,
    extra: Record<string, string> = {},
  ): ClientRequest {
    const before = incoming.headers['x-forwarded-for'];
    const remote = incoming.socket.remoteAddress ?? '';
    return requestUpstream({
      host: upstream.address,
      port: upstream.port,
      method: incoming.method,
      path: incoming.url,
      setHost: false,
      headers: {
        ...withoutHopByHop(incoming),
        'x-forwarded-for': before === undefined ? remote : `${String(before)}, ${remote}`,
        'x-forwarded-host': incoming.headers.host ?? '',
        'x-forwarded-proto': 'https',
        ...extra,
      },
      ...(through ? { agent: through } : { agent: false }),
    });
  }

  const apologise = (error: Error): string =>
    `The site behind this address (${where}) does not answer: ${error.message}\n`;

  if (fd === undefined) server.listen(port, address);
  else server.listen({ fd });
  await once(server, 'listening');
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound ? bound.port : port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of tunnels) socket.destroy();
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

/** Valid for one connection only, so not to be passed on (RFC 9110, 7.6.1). */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
];

function withoutHopByHop({ headers }: IncomingMessage): Record<string, string | string[]> {
  const named = (headers.connection ?? '').toLowerCase().split(/\s*,\s*/);
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !HOP_BY_HOP.includes(name) && !named.includes(name)) kept[name] = value;
  }
  return kept;
}

const isRepeatable = ({ method = '', headers }: IncomingMessage): boolean =>
  (method === 'GET' || method === 'HEAD') &&
  headers['content-length'] === undefined &&
  headers['transfer-encoding'] === undefined;

function renderHead(
  { httpVersion, statusCode, statusMessage, rawHeaders }: IncomingMessage,
  connection?: string,
): string {
  const lines = [`HTTP/${httpVersion} ${statusCode} ${statusMessage}`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    // Chunks have been put together by then; with a close, the end of the connection is the end of the body.
    if (connection !== undefined && /^(connection|transfer-encoding|keep-alive)$/i.test(name)) continue;
    lines.push(`${name}: ${rawHeaders[i + 1]}`);
  }
  if (connection !== undefined) lines.push(`connection: ${connection}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/**
 * As a process of its own: `node tls-front.ts --listen 127.0.0.5:8443 --cert F --key F --upstream 127.0.0.1:8065`. With
 * `--fd 3` it listens on a socket that it was given: one of another network namespace, say.
 */
if (import.meta.main) {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { listen: text, fd: text, cert: text, key: text, upstream: text },
  });
  const { listen, fd, cert, key, upstream } = values;
  if (!listen || !cert || !key || !upstream) {
    console.error(
      'tls-front: --listen ADDRESS:PORT, --cert FILE, --key FILE and --upstream ADDRESS:PORT are needed',
    );
    process.exit(64);
  }
  const front = await openTlsFront({
    ...parseEndpoint(listen),
    ...(fd !== undefined && { fd: Number(fd) }),
    certFile: cert,
    keyFile: key,
    upstream: parseEndpoint(upstream),
  });
  console.log(`tls-front: https on ${listen}, forwarding to http://${upstream}`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void front[Symbol.asyncDispose]().then(() => process.exit(0)));
  }
}
