import type { IncomingMessage, ServerResponse } from 'node:http';
import type { App } from '../app.ts';
import type { Session } from '../accounts/sessions.ts';
import { isId } from '../ids.ts';
import {
  ApiError,
  forbidden,
  invalidBodyParameter,
  invalidUrlParameter,
  sessionExpired,
} from './api-error.ts';

// Far above any JSON that a client sends; files have their own limit.
const MAX_JSON_BYTES = 4 * 1024 * 1024;

/** One request, with what routes ask of it. */
export class Call {
  readonly app: App;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly query: URLSearchParams;
  params: Readonly<Record<string, string>> = {};
  maybeSession: Session | undefined;

  constructor(app: App, req: IncomingMessage, res: ServerResponse, query: URLSearchParams) {
    this.app = app;
    this.req = req;
    this.res = res;
    this.query = query;
  }

  get session(): Session {
    if (!this.maybeSession) throw sessionExpired();
    return this.maybeSession;
  }

  get userId(): string {
    return this.session.userId;
  }

  get isAdmin(): boolean {
    return this.session.roles.split(' ').includes('system_admin');
  }

  requireAdmin(): void {
    if (!this.isAdmin) throw forbidden();
  }

  /** An id from the path; `me` means the signed-in user. */
  id(name: string): string {
    const value = this.params[name] ?? '';
    if (name === 'user_id' && value === 'me') return this.userId;
    if (!isId(value)) throw invalidUrlParameter(name);
    return value;
  }

  /** The user in the path, who must be the caller unless an admin asks. */
  ownUser(): string {
    const id = this.id('user_id');
    if (id !== this.userId && !this.isAdmin) throw forbidden();
    return id;
  }

  flag(name: string): boolean {
    return this.query.get(name) === 'true';
  }

  number(name: string, fallback: number): number {
    const value = Number(this.query.get(name) ?? fallback);
    return Number.isFinite(value) && value >= 0 ? Math.floor(value) : fallback;
  }

  page(fallbackSize = 60, maximum = 200): { limit: number; offset: number } {
    const limit = Math.min(this.number('per_page', fallbackSize), maximum);
    return { limit, offset: this.number('page', 0) * limit };
  }

  header(name: string): string {
    const value = this.req.headers[name.toLowerCase()];
    return (Array.isArray(value) ? value[0] : value) ?? '';
  }

  async body(limit = MAX_JSON_BYTES): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of this.req as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit)
        throw new ApiError(
          413,
          'api.context.request_body_too_large.app_error',
          'The request body is too large.',
        );
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  async json<T = Record<string, unknown>>(): Promise<T> {
    const text = (await this.body()).toString('utf8');
    try {
      return (text === '' ? {} : JSON.parse(text)) as T;
    } catch {
      throw invalidBodyParameter('body');
    }
  }

  async idList(): Promise<string[]> {
    const value = await this.json<unknown>();
    if (!Array.isArray(value)) throw invalidBodyParameter('user_ids');
    return value.filter(isId);
  }

  created(value: unknown): undefined {
    this.respond(201, value);
  }

  respond(status: number, value: unknown): undefined {
    const text = JSON.stringify(value);
    this.res.writeHead(status, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(text),
    });
    this.res.end(text);
  }
}
