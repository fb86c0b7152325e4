import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Session } from '../accounts/sessions.ts';

export function readCookie(req: IncomingMessage, name: string): string | undefined {
  for (const pair of (req.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return decodeURIComponent(pair.slice(at + 1).trim());
  }
  return undefined;
}

/** The three cookies of a signed-in browser. */
export function setSessionCookies(req: IncomingMessage, res: ServerResponse, session: Session): void {
  const maxAge = Math.max(0, Math.floor((session.expiresAt - Date.now()) / 1000));
  addCookie(req, res, `MMAUTHTOKEN=${session.token}; Path=/; Max-Age=${maxAge}; HttpOnly`);
  addCookie(req, res, `MMUSERID=${session.userId}; Path=/; Max-Age=${maxAge}`);
  addCookie(req, res, `MMCSRF=${session.csrf}; Path=/; Max-Age=${maxAge}`);
}

export function clearSessionCookie(req: IncomingMessage, res: ServerResponse): void {
  addCookie(req, res, 'MMAUTHTOKEN=; Path=/; Max-Age=0; HttpOnly');
}

export function addCookie(req: IncomingMessage, res: ServerResponse, cookie: string): void {
  res.appendHeader('Set-Cookie', isHttps(req) ? `${cookie}; Secure` : cookie);
}

/** Behind a proxy that ends TLS, as the official server decides it. */
function isHttps(req: IncomingMessage): boolean {
  return req.headers['x-forwarded-proto'] === 'https';
}
