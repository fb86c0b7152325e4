import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, isIPv6, type LookupFunction } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import type { Milliseconds } from '../model/duration.ts';

export interface HttpsGetOptions {
  /** PEM of the only authorities to trust; the system's own without it. */
  readonly ca?: string | Buffer | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** For the whole answer. */
  readonly timeout?: Milliseconds;
  /** The address of a host name; the system's resolver without it. */
  readonly lookup?: ((host: string) => Promise<string>) | undefined;
}

export interface HttpsAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly certificateValidUntil: Date;
  /** The server's clock minus ours, from its Date header, good to a second or two. Undefined without that header. */
  readonly clockSkew: Milliseconds | undefined;
}

/** One GET, without following redirects, over verified TLS. Rejects with Node's own errors (`code` tells which). */
export async function httpsGet(url: string | URL, options: HttpsGetOptions = {}): Promise<HttpsAnswer> {
  return call(url, 'GET', undefined, options);
}

/** The same with a JSON body, as a POST. */
export async function httpsPost(
  url: string | URL,
  body: unknown,
  { headers = {}, ...options }: HttpsGetOptions = {},
): Promise<HttpsAnswer> {
  return call(url, 'POST', JSON.stringify(body), {
    ...options,
    headers: { 'Content-Type': 'application/json', ...headers },
  });
}

async function call(
  url: string | URL,
  method: 'GET' | 'POST',
  body: string | undefined,
  { ca, headers = {}, signal, timeout = 10_000, lookup }: HttpsGetOptions,
): Promise<HttpsAnswer> {
  const deadline = AbortSignal.timeout(timeout);
  const started = Date.now();
  const request = requestHttps(url, {
    agent: false,
    method,
    headers,
    signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    ...(ca !== undefined && { ca }),
    ...(lookup && { lookup: toLookupFunction(lookup) }),
  });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const arrived = Date.now();
  const { valid_to: validTo } = (response.socket as TLSSocket).getPeerCertificate();
  const { date } = response.headers;
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: await text(response),
    certificateValidUntil: new Date(validTo),
    clockSkew: date === undefined ? undefined : Date.parse(date) + 500 - (started + arrived) / 2,
  };
}

function toLookupFunction(lookup: (host: string) => Promise<string>): LookupFunction {
  return (host, { all }, done) => {
    const found = isIP(host) ? Promise.resolve(host) : lookup(host);
    found.then(
      (address) => {
        const family = isIPv6(address) ? 6 : 4;
        if (all) done(null, [{ address, family }]);
        else done(null, address, family);
      },
      (error: NodeJS.ErrnoException) => done(error, '', 4),
    );
  };
}
