import { createWriteStream } from 'node:fs';
import { lookup as lookUpBySystem, Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import { formatEndpoint, parseEndpoint, type Endpoint } from './endpoint.ts';

export interface ConnectProxyOptions {
  /** The only servers that are asked for a name, without `askSystem`. */
  readonly resolvers: readonly Endpoint[];
  /** One JSON line is appended per event of a connection: see ProxyEvent. */
  readonly logFile: string;
  /** An address, or the path of a Unix socket. */
  readonly listen?: string;
  /** Any free one, when left out. */
  readonly port?: number;
  /** The only destinations, as `formatEndpoint` gives them; all others are refused. Without it every loopback address and every name. */
  readonly allow?: readonly string[];
  /** Ask the system's own resolver for what the others do not know. */
  readonly askSystem?: boolean;
}

/** A line of the log. `opened` and `closed` of the same connection share their `id`. */
export type ProxyEvent = ProxyRequest &
  (
    | { readonly event: 'opened'; readonly address: string; readonly resolver: string | null }
    | {
        readonly event: 'refused';
        readonly reason: string;
        /** Where DNS sent the client, when nobody answered there. */
        readonly unreachable?: string;
      }
    | {
        readonly event: 'closed';
        readonly address: string;
        readonly bytesUp: number;
        readonly bytesDown: number;
      }
  );

interface ProxyRequest {
  readonly id: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly host: string;
  readonly port: number;
}

export interface ProxiedConnection {
  readonly id: number;
  readonly openedAt: string;
  readonly host: string;
  readonly port: number;
  /** Where it really goes. */
  readonly address: string;
  /** Who said so; null for an address that was asked for literally. */
  readonly resolver: string | null;
}

export interface ConnectProxy extends AsyncDisposable {
  /** http://127.0.0.1:PORT, or the path of the Unix socket. */
  readonly url: string;
  /** Those that are open now. */
  readonly connections: readonly ProxiedConnection[];
}

/**
 * An HTTP proxy that knows CONNECT alone (RFC 9110, 9.3.6) and asks the given resolvers for each new connection, in
 * turn. So a client behind it goes where DNS says at that moment, without any trick on this machine, and the log
 * proves where that was. What no resolver knows is refused and never leaves the machine.
 */
export async function openConnectProxy({
  resolvers,
  logFile,
  listen = '127.0.0.1',
  port: wantedPort = 0,
  allow,
  askSystem = false,
}: ConnectProxyOptions): Promise<ConnectProxy> {
  const log = createWriteStream(logFile, { flags: 'a' });
  await once(log, 'open');
  const allowed = allow?.map(parseEndpoint);
  const resolve = openLookup(resolvers, { askSystem, allowed: allowed ?? [] });
  const open = new Map<number, ProxiedConnection>();
  const sockets = new Set<Socket>();
  let requests = 0;

  const record = (request: ProxyRequest, event: Record<string, unknown>): void =>
    void log.write(`${JSON.stringify({ ...request, ...event })}\n`);
  const asRequest = ({ host, port }: { host: string; port: number }): ProxyRequest => ({
    id: ++requests,
    at: new Date().toISOString(),
    host,
    port,
  });

  const server = createServer((request, response) => {
    const target = URL.parse(request.url ?? '');
    if (target !== null) {
      const wanted = asRequest({ host: target.hostname, port: Number(target.port) || 80 });
      record(wanted, { event: 'refused', reason: 'it was asked for without CONNECT' });
    }
    const text = `This proxy knows CONNECT alone, for https and wss; it does not fetch ${request.method} ${request.url}.\n`;
    response
      .writeHead(405, { allow: 'CONNECT', 'content-type': 'text/plain', connection: 'close' })
      .end(text);
  });
  server.on('connect', (request, socket, head) => void tunnel(request, socket as Socket, head));
  if (listen.startsWith('/')) server.listen(listen);
  else server.listen(wantedPort, listen);
  await once(server, 'listening');

  async function tunnel({ url = '' }: IncomingMessage, client: Socket, head: Buffer): Promise<void> {
    track(client);
    const target = parseAuthority(url);
    const request = asRequest(target ?? { host: url, port: 0 });
    const { id } = request;
    const refuse = (
      reason: string,
      { status = '502 Bad Gateway', unreachable }: { status?: string; unreachable?: string } = {},
    ): void => {
      record(now(request), { event: 'refused', reason, unreachable });
      client.end(`HTTP/1.1 ${status}\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${reason}\n`);
    };

    if (!target) return refuse(`"${url}" is not host:port`, { status: '400 Bad Request' });
    const isTarget = ({ address, port }: Endpoint) => address === target.host && port === target.port;
    if (allowed && !allowed.some(isTarget))
      return refuse(`${url} is not a declared destination`, { status: '403 Forbidden' });
    const answer = await resolve(target.host);
    if (client.destroyed) return;
    if ('reason' in answer) return refuse(answer.reason);

    const { address, resolver } = answer;
    const upstream = connect(target.port, address);
    track(upstream);
    const failed = await new Promise<Error | undefined>((settle) => {
      upstream.once('connect', () => settle(undefined));
      upstream.once('error', settle);
    });
    if (failed)
      return refuse(`${address}:${target.port} (${target.host}) can't be reached: ${failed.message}`, {
        unreachable: address,
      });

    const { host, port } = request;
    open.set(id, { id, openedAt: new Date().toISOString(), host, port, address, resolver });
    record(now(request), { event: 'opened', address, resolver });
    upstream.once('close', () => {
      open.delete(id);
      record(now(request), {
        event: 'closed',
        address,
        bytesUp: upstream.bytesWritten,
        bytesDown: upstream.bytesRead,
      });
    });
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroySoon());
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > 0) upstream.write(head);
    client.pipe(upstream).pipe(client);
  }

  function track(socket: Socket): void {
    sockets.add(socket);
    // Either side may vanish at any moment; the other one is then closed, and the log says when.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
  }

  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : 0;
  return {
    url: listen.startsWith('/') ? listen : `http://${formatEndpoint({ address: listen, port })}`,
    get connections() {
      return [...open.values()];
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await Promise.all([...sockets].map(endSocket));
      log.end();
      await finished(log);
    },
  };
}

/** What a proxy has written down up to now. */
export async function readProxyLog(logFile: string): Promise<readonly ProxyEvent[]> {
  // What follows the last line end is a line that is still being written.
  const lines = (await readFile(logFile, 'utf8')).split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as ProxyEvent);
}

type Lookup = { readonly address: string; readonly resolver: string | null } | { readonly reason: string };

const now = (request: ProxyRequest): ProxyRequest => ({ ...request, at: new Date().toISOString() });

/** Asks the resolvers in turn, and the next one when one does not know or does not answer. */
function openLookup(
  endpoints: ConnectProxyOptions['resolvers'],
  { askSystem, allowed }: { readonly askSystem: boolean; readonly allowed: readonly Endpoint[] },
): (host: string) => Promise<Lookup> {
  const resolvers = endpoints.map((endpoint) => {
    const name = formatEndpoint(endpoint);
    const resolver = new Resolver({ timeout: 1_000, tries: 2 });
    resolver.setServers([name]);
    return { name, resolver };
  });
  let turn = 0;
  return async (host) => {
    if (isIP(host)) {
      if (isLoopback(host) || allowed.some(({ address }) => address === host))
        return { address: host, resolver: null };
      return { reason: `${host} is not a loopback address; only names are looked up` };
    }
    const first = turn++;
    const failures: string[] = [];
    for (let i = 0; i < resolvers.length; i++) {
      const asked = resolvers[(first + i) % resolvers.length];
      if (!asked) break;
      const answer = await ask(asked.resolver, host);
      if ('address' in answer) return { address: answer.address, resolver: asked.name };
      failures.push(`${asked.name} ${answer.failure}`);
    }
    if (askSystem) {
      const found = await lookUpBySystem(host).catch(() => undefined);
      if (found !== undefined) return { address: found.address, resolver: 'system' };
      failures.push('nor does the system');
    }
    return { reason: `no resolver knows ${host}: ${failures.join(', ') || 'none is configured'}` };
  };
}

async function ask(resolver: Resolver, host: string): Promise<{ address: string } | { failure: string }> {
  try {
    const [address] = await resolver.resolve4(host);
    return address === undefined ? { failure: 'ENODATA' } : { address };
  } catch (error) {
    return { failure: error instanceof Error && 'code' in error ? String(error.code) : String(error) };
  }
}

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

function parseAuthority(text: string): { host: string; port: number } | undefined {
  const found = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/i.exec(text);
  if (!found) return undefined;
  const [, bracketed, plain, port] = found;
  return { host: (bracketed ?? plain ?? '').toLowerCase(), port: Number(port) };
}

async function endSocket(socket: Socket): Promise<void> {
  if (socket.closed) return;
  const closed = once(socket, 'close');
  socket.destroy();
  await closed;
}
