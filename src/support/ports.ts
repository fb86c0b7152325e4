import { createServer } from 'node:net';

/** A TCP port that was free a moment ago on each of these addresses. */
export async function findFreePort(addresses: readonly string[] = ['127.0.0.1']): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = await probe(0, addresses[0] ?? '127.0.0.1');
    if (port === undefined) continue;
    const others = await Promise.all(addresses.slice(1).map((address) => probe(port, address)));
    if (others.every((found) => found === port)) return port;
  }
  throw new Error(`no port is free on ${addresses.join(' and ')}`);
}

/** Whether this port can be listened on now. */
export async function isPortFree(port: number, address: string): Promise<boolean> {
  return (await probe(port, address)) === port;
}

function probe(port: number, address: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, address, () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === 'object' && bound ? bound.port : undefined));
    });
  });
}
