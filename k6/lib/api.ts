import http, { type RefinedResponse, type ResponseType } from 'k6/http';
import { Rate } from 'k6/metrics';
import { site, type LoadUser } from './users.ts';

/** Answers of 500 and above, and requests that got none at all. */
const serverErrors = new Rate('server_errors');

type Answer = RefinedResponse<ResponseType | undefined>;
type Body = string | Record<string, unknown> | readonly unknown[];

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** The route with placeholders: without it every id would become a metric of its own. */
  readonly name: string;
  readonly path: string;
  readonly body?: Body;
}

export function call(user: LoadUser, one: Call): Answer {
  const answer = http.request(one.method, urlOf(one), bodyOf(one), paramsOf(user, one));
  serverErrors.add(isServerError(answer));
  return answer;
}

/** Several at once, as a client sends them. */
export function callAll(user: LoadUser, calls: readonly Call[]): void {
  const answers = http.batch(
    calls.map((one) => ({
      method: one.method,
      url: urlOf(one),
      body: bodyOf(one),
      params: paramsOf(user, one),
    })),
  );
  for (const answer of answers) serverErrors.add(isServerError(answer));
}

function isServerError({ status }: { status: number }): boolean {
  return status === 0 || status >= 500;
}

function urlOf({ path }: Call): string {
  return `${site.url}/api/v4${path}`;
}

function bodyOf({ body }: Call): string | null {
  if (body === undefined) return null;
  return typeof body === 'string' ? body : JSON.stringify(body);
}

function paramsOf(user: LoadUser, { method, name, body }: Call) {
  const type = typeof body === 'string' ? 'application/octet-stream' : 'application/json';
  return {
    headers: { Authorization: `Bearer ${user.token}`, 'Content-Type': type },
    tags: { name: `${method} ${name}` },
    timeout: '30s',
  };
}
