import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TinyIdp extends AsyncDisposable {
  readonly url: string;
  /** What the user endpoint answers, by authorization code. */
  readonly users: Map<string, Record<string, unknown>>;
  /** Forms that the token endpoint was sent. */
  readonly tokenRequests: Record<string, string>[];
}

/** The two endpoints of a GitLab-style provider that a server calls itself; a code is its own access token. */
export async function openTinyIdp(): Promise<TinyIdp> {
  const users = new Map<string, Record<string, unknown>>();
  const tokenRequests: Record<string, string>[] = [];
  const server = createServer((req, res) => {
    let text = '';
    req.on('data', (chunk: Buffer) => (text += chunk.toString()));
    req.on('end', () => {
      res.setHeader('Content-Type', 'application/json');
      if (req.url === '/token') {
        const form = Object.fromEntries(new URLSearchParams(text));
        tokenRequests.push(form);
        res.end(JSON.stringify({ access_token: form['code'], token_type: 'bearer' }));
      } else {
        const user = users.get(req.headers.authorization?.replace('Bearer ', '') ?? '');
        res.statusCode = user ? 200 : 401;
        res.end(JSON.stringify(user ?? {}));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    users,
    tokenRequests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
