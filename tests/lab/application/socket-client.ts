import { WebSocket } from 'ws';
import { waitFor } from '../../../src/support/wait-for.ts';
import type { DumpSite } from './dump-site.ts';

export interface Frame {
  readonly event?: string;
  readonly data?: Record<string, unknown>;
  readonly broadcast?: Record<string, unknown>;
  readonly seq?: number;
  readonly status?: string;
  readonly seq_reply?: number;
}

export interface SocketClient {
  readonly frames: Frame[];
  readonly closed: Promise<number>;
  send(frame: object): void;
  /** The first frame that fits, now or within five seconds. */
  find(fits: (frame: Frame) => boolean): Promise<Frame>;
  close(): void;
}

/** Opens a socket and answers the challenge with a token. */
export async function openSocket(
  site: Pick<DumpSite, 'url'>,
  token: string,
  headers: Record<string, string> = {},
): Promise<SocketClient> {
  const socket = new WebSocket(`${site.url.replace('http', 'ws')}/api/v4/websocket`, { headers });
  const frames: Frame[] = [];
  socket.on('message', (data) => frames.push(JSON.parse(String(data)) as Frame));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const client: SocketClient = {
    frames,
    closed,
    send: (frame) => socket.send(JSON.stringify(frame)),
    async find(fits) {
      const found = await waitFor(async () => frames.find(fits), { timeout: 5000, interval: 20 });
      if (!found)
        throw new Error(
          `no such frame among ${JSON.stringify(frames.map(({ event, seq_reply }) => event ?? seq_reply))}`,
        );
      return found;
    },
    close: () => socket.close(),
  };
  client.send({ seq: 1, action: 'authentication_challenge', data: { token } });
  return client;
}
