import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';

export interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
}

/** As much of a browser as a sign-in needs: cookies, forms, and redirects that stay at the provider. */
export class IdentityClient {
  private readonly cookies = new Map<string, string>();
  private readonly options: { readonly issuer: string; readonly address: string; readonly ca: Buffer };

  constructor(options: { readonly issuer: string; readonly address: string; readonly ca: Buffer }) {
    this.options = options;
  }

  async get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('GET', url, undefined, headers);
  }

  async post(url: string, form: Record<string, string>): Promise<Answer> {
    return this.send('POST', url, new URLSearchParams(form).toString());
  }

  /** Follows redirects until a page, or an address outside of the provider. */
  async follow(answer: Answer): Promise<Answer> {
    let last = answer;
    while (last.location !== undefined) {
      const next = new URL(last.location, this.options.issuer);
      if (next.origin !== this.options.issuer) break;
      last = await this.get(next.href);
    }
    return last;
  }

  private async send(
    method: string,
    url: string,
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const { issuer, address, ca } = this.options;
    const target = new URL(url, issuer);
    const request = https.request({
      host: address,
      servername: target.hostname,
      port: target.port,
      path: target.pathname + target.search,
      method,
      ca,
      agent: false,
      headers: {
        host: target.host,
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(body !== undefined && {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': Buffer.byteLength(body),
        }),
        ...headers,
      },
    });
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    for (const cookie of response.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return {
      status: response.statusCode ?? 0,
      location: response.headers.location,
      body: await text(response),
    };
  }
}
