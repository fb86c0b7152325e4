import { createServer, connect, type Socket } from 'node:net';
import { once } from 'node:events';

export interface DroppingProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections that were cut. */
  readonly drops: () => number;
}

export interface DroppingProxyOptions {
  readonly target: number;
  /** A connection is cut once this many bytes of answers went through it. */
  readonly afterBytes: number;
  /** How many connections are cut before the proxy behaves. */
  readonly times: number;
}

/** A TCP proxy on loopback that cuts connections in the middle of an answer. */
export async function startDroppingProxy({
  target,
  afterBytes,
  times,
}: DroppingProxyOptions): Promise<DroppingProxy> {
  let drops = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    let seen = 0;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => (client.destroy(), upstream.destroy()));
    }
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      seen += chunk.length;
      if (seen > afterBytes && drops < times) {
        drops++;
        client.resetAndDestroy();
      } else if (!client.write(chunk)) {
        upstream.pause();
        client.once('drain', () => upstream.resume());
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    drops: () => drops,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
