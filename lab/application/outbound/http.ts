import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import type { Settings } from '../settings-defaults.ts';
import { isAllowedAddress } from './untrusted-addresses.ts';

export interface OutboundRequest {
  readonly method?: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Addresses from the configuration are trusted; those that users wrote must not lead inside. */
  readonly trusted: boolean;
  readonly timeoutMs: number;
}

export interface OutboundResponse {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

const MAX_REDIRECTS = 10;
const MAX_BYTES = 2 * 1024 * 1024;
const PROXY_VARIABLES = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'];

/** Makes calls to the outside, through the proxy that the environment names; never for loopback, as Go does. */
export class HttpClient {
  readonly #settings: Settings['ServiceSettings'];
  readonly #proxies: Readonly<Record<string, string | undefined>>;
  readonly #agents: { readonly direct: Agents; readonly proxied: Agents };

  constructor(
    settings: Settings['ServiceSettings'],
    environment: Readonly<Record<string, string | undefined>>,
  ) {
    this.#settings = settings;
    this.#proxies = Object.fromEntries(PROXY_VARIABLES.map((name) => [name, environment[name]]));
    const tls = { rejectUnauthorized: !settings.EnableInsecureOutgoingConnections };
    const proxyEnv = { ...this.#proxies };
    this.#agents = {
      direct: { 'http:': new HttpAgent(), 'https:': new HttpsAgent(tls) },
      proxied: { 'http:': new HttpAgent({ proxyEnv }), 'https:': new HttpsAgent({ ...tls, proxyEnv }) },
    };
  }

  /** Rejects when nothing answers, or when the address is one that users must not reach. */
  async send(request: OutboundRequest): Promise<OutboundResponse> {
    let { url, method = 'GET' } = request;
    let body = request.body;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const target = new URL(url);
      if (!request.trusted) await this.#refuseInternal(target);
      const response = await this.#once(target, { ...request, method, body });
      const { location } = response.headers;
      if (response.status < 300 || response.status >= 400 || !location) return response;
      url = new URL(location, url).href;
      if (response.status !== 307 && response.status !== 308) [method, body] = ['GET', undefined];
    }
    throw new Error(`${request.url} redirects more than ${MAX_REDIRECTS} times`);
  }

  async #refuseInternal(target: URL): Promise<void> {
    const dialled = this.#proxyFor(target) ?? target;
    if (!(await isAllowedAddress(dialled.hostname, this.#settings.AllowedUntrustedInternalConnections))) {
      throw new Error(
        `address forbidden: ${dialled.host}; AllowedUntrustedInternalConnections does not name it`,
      );
    }
  }

  #proxyFor(target: URL): URL | undefined {
    if (isLoopback(target.hostname)) return undefined;
    const excluded = (this.#proxies['NO_PROXY'] ?? this.#proxies['no_proxy'] ?? '')
      .split(',')
      .map((name) => name.trim());
    const bare = (name: string): string => name.replace(/^\*?\./, '');
    const isExcluded = excluded.some(
      (name) =>
        name === '*' ||
        (name !== '' && (target.hostname === bare(name) || target.hostname.endsWith(`.${bare(name)}`))),
    );
    const [upper, lower] =
      target.protocol === 'https:' ? ['HTTPS_PROXY', 'https_proxy'] : ['HTTP_PROXY', 'http_proxy'];
    const proxy = this.#proxies[upper] ?? this.#proxies[lower];
    return proxy && !isExcluded ? new URL(proxy) : undefined;
  }

  #once(target: URL, { method, headers, body, timeoutMs }: OutboundRequest): Promise<OutboundResponse> {
    const protocol = target.protocol === 'https:' ? 'https:' : 'http:';
    const agent = (this.#proxyFor(target) ? this.#agents.proxied : this.#agents.direct)[protocol];
    const start = protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const req = start(target, {
        agent,
        method,
        headers: {
          'User-Agent': 'Mattermost-Stand-In',
          ...headers,
          ...(body !== undefined && { 'Content-Length': Buffer.byteLength(body) }),
        },
        signal: AbortSignal.timeout(timeoutMs),
      });
      req.once('error', reject);
      req.once('response', (res) => {
        readBody(res).then(
          (content) => resolve({ status: res.statusCode ?? 0, headers: res.headers, body: content }),
          reject,
        );
      });
      req.end(body);
    });
  }
}

interface Agents {
  readonly 'http:': HttpAgent;
  readonly 'https:': HttpsAgent;
}

async function readBody(res: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of res as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
