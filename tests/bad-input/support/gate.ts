import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy on loopback in front of a server: it can hold answers back, and go away. */
export interface Gate extends AsyncDisposable {
  readonly endpoint: string;
  /** From now on no connection gets more than its first bytes: whoever reads something longer waits. */
  hold(): void;
  /** What was held goes through. */
  release(): void;
  /** Cuts every connection and takes no more, as a server that is gone. */
  close(): Promise<void>;
}

/** More than any answer of a store that is not an object's body, and less than the lab's dump. */
const FIRST_BYTES = 48 * 1024;

export async function openGate(target: string): Promise<Gate> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const waiting = new Set<Socket>();
  let held = false;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let passed = 0;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => (client.destroy(), upstream.destroy()));
    }
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      passed += chunk.length;
      const full = !client.write(chunk);
      if (held && passed > FIRST_BYTES) {
        upstream.pause();
        waiting.add(upstream);
      } else if (full) {
        upstream.pause();
        client.once('drain', () => void (waiting.has(upstream) || upstream.resume()));
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const close = async () => {
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    endpoint: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    hold: () => void (held = true),
    release() {
      held = false;
      for (const socket of waiting) socket.resume();
      waiting.clear();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
