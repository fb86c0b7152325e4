import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import type { App } from '../app.ts';
import { findSession } from '../http/server.ts';
import { log } from '../log.ts';
import { Connection } from './connection.ts';

// As long as the official server waits for the first frame of a socket that came without a session.
const CHALLENGE_TIMEOUT_MS = 30_000;

/** Takes WebSockets at /api/v4/websocket, from this site's own pages and from clients that are no browsers. */
export function acceptWebSockets(app: App, server: Server): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 });
  server.on('upgrade', (req: IncomingMessage, stream: Duplex, head: Buffer) => {
    const path = new URL(req.url ?? '/', 'http://localhost').pathname;
    if (path !== '/api/v4/websocket') return refuse(stream, '404 Not Found');
    if (!isOwnOrigin(app, req)) return refuse(stream, '403 Forbidden');
    sockets.handleUpgrade(req, stream, head, (socket) => {
      serve(app, socket, req).catch((error: unknown) => {
        log.warn('A WebSocket failed', { error });
        socket.close();
      });
    });
  });
}

async function serve(app: App, socket: WebSocket, req: IncomingMessage): Promise<void> {
  let connection: Connection | undefined;
  socket.on('error', (error) => log.warn('A WebSocket broke', { error }));
  // Frames are handled one after the other: the first one may be the sign-in that the next ones need.
  let queue = Promise.resolve();
  socket.on('message', (data: RawData) => {
    queue = queue
      .then(() => receive(data))
      .catch((error: unknown) => {
        log.warn('A WebSocket frame could not be handled', { error });
        socket.close();
      });
  });
  const timeout = setTimeout(() => connection ?? socket.close(), CHALLENGE_TIMEOUT_MS);
  socket.on('close', () => clearTimeout(timeout));
  const arriving = findSession(app, req).then((session) => {
    if (!session || connection) return;
    connection = new Connection(app, socket, session.userId, session.token);
    connection.open();
  });
  queue = queue.then(() => arriving);
  await arriving;

  async function receive(data: RawData): Promise<void> {
    const request = JSON.parse(String(data)) as {
      seq?: number;
      action?: string;
      data?: Record<string, unknown>;
    };
    if (request.action !== 'authentication_challenge') {
      if (connection) await connection.receive(request);
      else socket.close();
      return;
    }
    if (connection) return connection.reply(request.seq ?? 0);
    const session = await app.sessions.find(String(request.data?.['token'] ?? ''));
    // A bad token closes the socket without an error frame, as the official server does.
    if (!session) return socket.close();
    connection = new Connection(app, socket, session.userId, session.token);
    connection.open();
    connection.reply(request.seq ?? 0);
  }
}

function isOwnOrigin(app: App, req: IncomingMessage): boolean {
  const { origin } = req.headers;
  if (!origin) return true;
  const { SiteURL, AllowCorsFrom } = app.settings.ServiceSettings;
  if (AllowCorsFrom.split(' ').some((allowed) => allowed === '*' || allowed === origin)) return true;
  const own = SiteURL === '' ? req.headers.host : new URL(SiteURL).host;
  return URL.canParse(origin) && new URL(origin).host === own;
}

function refuse(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
