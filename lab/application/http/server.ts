import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { App } from '../app.ts';
import type { Session } from '../accounts/sessions.ts';
import { newId } from '../ids.ts';
import { log } from '../log.ts';
import { servePage } from '../page-server.ts';
import { ApiError, routeNotFound, sessionExpired } from './api-error.ts';
import { Call } from './call.ts';
import { clearSessionCookie, readCookie } from './cookies.ts';
import type { Router } from './router.ts';

/** The web server: API routes by the router, everything else is the page. */
export function createWebServer(app: App, router: Router): Server {
  const server = createServer((req, res) => {
    handle(app, router, req, res).catch((error: unknown) => answerError(req, res, error));
  });
  server.keepAliveTimeout = 60_000;
  return server;
}

async function handle(app: App, router: Router, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const url = new URL(req.url ?? '/', 'http://localhost');
  const path = url.pathname.length > 1 ? url.pathname.replace(/\/+$/, '') : url.pathname;
  res.setHeader('X-Version-Id', app.versionId);
  const match = router.find(req.method ?? 'GET', path);
  if (!match) {
    if (path.startsWith('/api/')) throw routeNotFound();
    return servePage(app, req, res, path);
  }
  const call = new Call(app, req, res, url.searchParams);
  call.params = match.params;
  if (!match.route.open) call.maybeSession = await requireSession(app, req, res);
  const answer: unknown = await match.route.handler(call);
  if (!res.headersSent && !res.writableEnded) call.respond(200, answer);
}

/** A bearer token, or the cookie of a browser, which must then prove by header that its own page has sent it. */
async function requireSession(app: App, req: IncomingMessage, res: ServerResponse): Promise<Session> {
  const bearer = /^(?:bearer|token) (.+)$/i.exec(req.headers.authorization ?? '')?.[1];
  const token = bearer ?? readCookie(req, 'MMAUTHTOKEN');
  if (!token) throw sessionExpired();
  const session = await app.sessions.find(token);
  if (!session) {
    clearSessionCookie(req, res);
    throw sessionExpired();
  }
  if (
    !bearer &&
    !['GET', 'HEAD', 'OPTIONS'].includes(req.method ?? '') &&
    req.headers['x-csrf-token'] !== session.csrf
  ) {
    throw sessionExpired();
  }
  return session;
}

/** The session of a request that may have one; used where the page and the WebSocket decide for themselves. */
export async function findSession(app: App, req: IncomingMessage): Promise<Session | undefined> {
  const bearer = /^(?:bearer|token) (.+)$/i.exec(req.headers.authorization ?? '')?.[1];
  const token = bearer ?? readCookie(req, 'MMAUTHTOKEN');
  return token ? app.sessions.find(token) : undefined;
}

function answerError(req: IncomingMessage, res: ServerResponse, error: unknown): void {
  const known = error instanceof ApiError;
  if (!known) log.error(`${req.method} ${req.url} failed`, { error });
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const status = known ? error.status : 500;
  const text = JSON.stringify({
    id: known ? error.id : 'api.context.internal.app_error',
    message: known ? error.message : 'An internal error has occurred.',
    detailed_error: '',
    request_id: newId(),
    status_code: status,
  });
  // A body that was not read to its end would be taken for the next request on this connection.
  if (!req.complete) res.setHeader('Connection', 'close');
  res.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  res.end(text);
}
