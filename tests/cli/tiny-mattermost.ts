import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { KeyPair } from '../../lab/tls.ts';

export interface Post {
  readonly id: string;
  readonly message: string;
}

export interface TinyMattermost extends AsyncDisposable {
  readonly url: string;
  /** What it took, in this order. */
  readonly posts: readonly Post[];
  /** From now on it waits for this before it answers; resolves when the next request is there. */
  hold(until: Promise<unknown>): Promise<unknown>;
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
}

export interface TinyMattermostOptions {
  readonly tls: KeyPair;
  readonly token: string;
  /** Answers everything like this, instead of as Mattermost does. */
  readonly odd?: { readonly status: number; readonly body: string };
}

/** As much of a site as the canary writer sees: channel ops/canary, for the owner of one token. */
export async function startTinyMattermost({
  tls,
  token,
  odd,
}: TinyMattermostOptions): Promise<TinyMattermost> {
  const posts: Post[] = [];
  let ready: Promise<unknown> = Promise.resolve();
  const server = createServer(
    { cert: await readFile(tls.certFile), key: await readFile(tls.keyFile) },
    (request, response) => void respond(request, response),
  );
  const listen = async (port: number) => {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  return {
    url: `https://127.0.0.1:${port}`,
    posts,
    hold(until) {
      ready = until;
      return once(server, 'request');
    },
    goAway,
    comeBack: async () => void (await listen(port)),
    [Symbol.asyncDispose]: goAway,
  };

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = request.method === 'POST' ? ((await json(request)) as Record<string, string>) : {};
    const { status, answer } = handle(request, body);
    await ready;
    response.writeHead(status).end(answer);
  }

  function handle(
    { url, headers }: IncomingMessage,
    { channel_id: channelId, message = '' }: Record<string, string>,
  ): { status: number; answer: string } {
    if (odd) return { status: odd.status, answer: odd.body };
    if (headers.authorization !== `Bearer ${token}`) return { status: 401, answer: '{}' };
    if (url === '/api/v4/teams/name/ops/channels/name/canary')
      return { status: 200, answer: JSON.stringify({ id: 'channel' }) };
    if (url !== '/api/v4/posts' || channelId !== 'channel') return { status: 404, answer: '{}' };
    const post = { id: randomUUID(), message };
    posts.push(post);
    return { status: 201, answer: JSON.stringify(post) };
  }

  async function goAway(): Promise<void> {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }
}
