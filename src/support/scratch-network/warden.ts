import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { getServers } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer, isIP, isIPv6, type Socket } from 'node:net';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { formatEndpoint, parseEndpoint } from '../endpoint.ts';
import { markOf } from './namespace.ts';
import { parseCounters, ruleset, TABLE, type Attempt, type Opening, type OtherAttempt } from './ruleset.ts';
import { openSinkResolver } from './sink-resolver.ts';

/** The warden's socket, in the folder of the scratch's network: whoever connects is told what was counted. */
export const WARDEN_SOCKET = 'warden.sock';
/** Where the warden hands on what may leave. */
export const OUTLET_SOCKET = 'outlet.sock';

/** What was tried in the namespace up to now. */
export interface Snapshot {
  /** Network interfaces that are up; `lo` must be the only one. */
  readonly interfaces: readonly string[];
  readonly attempts: readonly Attempt[];
  readonly others: readonly OtherAttempt[];
  /** Address of the sink → name that it was given for. */
  readonly names: Readonly<Record<string, string>>;
  /** Names that were asked for and may not be reached → how often. */
  readonly asked: Readonly<Record<string, number>>;
  readonly openings: readonly (Opening & { readonly host: string })[];
}

interface Declared {
  readonly host: string;
  readonly port: number;
  /** Where programs in the namespace find it. */
  readonly addresses: readonly string[];
}

/**
 * The process that a scratch's network namespace lives by: started in an empty one, it makes all addresses its own, so
 * that attempts are made and not just fail for want of a route; counts them; answers every question for a name; and
 * hands connections to declared destinations on to the outlet. When it ends and nobody else is inside, the namespace
 * is gone.
 */
async function keepWatch(directory: string, tools: { ip: string; nft: string }, wanted: readonly string[]) {
  await call(tools.ip, ['link', 'set', 'lo', 'up']);
  await call(tools.ip, ['address', 'add', `${markOf(directory)}/32`, 'dev', 'lo']);
  await call(tools.ip, ['route', 'add', 'local', 'default', 'dev', 'lo']);
  // A kernel without IPv6 has nothing to count there.
  await call(tools.ip, ['-6', 'route', 'add', 'local', 'default', 'dev', 'lo']).catch(() => '');
  const declared = await Promise.all(wanted.map(findInside));
  const openings = declared.flatMap(({ host, port, addresses }) =>
    addresses.map((address) => ({ host, address, port })),
  );
  await call(tools.nft, ['-f', '-'], ruleset(openings));

  const resolver = openSinkResolver(new Map(declared.map(({ host, addresses }) => [host, addresses])));
  await answerNames(resolver.answer);
  for (const opening of openings) await open(opening, path.join(directory, OUTLET_SOCKET));

  const snapshot = async (): Promise<Snapshot> => {
    const counted = await call(tools.nft, ['--json', 'list', 'table', 'inet', TABLE]);
    return {
      interfaces: await readInterfaces(tools.ip),
      ...parseCounters(counted),
      names: Object.fromEntries(resolver.names),
      asked: Object.fromEntries(resolver.asked),
      openings,
    };
  };
  const server = createServer((client) => {
    client.on('error', () => client.destroy());
    snapshot().then(
      (seen) => client.end(JSON.stringify(seen)),
      (error: unknown) => {
        console.error('warden: cannot read the counters:', error);
        client.destroy();
      },
    );
  });
  const socket = path.join(directory, WARDEN_SOCKET);
  server.listen(socket);
  await once(server, 'listening');
  await chmod(socket, 0o600);
}

/** Runs a command to its end; resolves to its output. A small process that starts fast: it loads no library for this. */
function call(command: string, args: readonly string[], input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { maxBuffer: 2 ** 26 }, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    );
    if (input !== undefined) child.stdin?.end(input);
  });
}

/** A name that the machine's own files know is found there; any other is given an address on the loopback. */
async function findInside(text: string, index: number): Promise<Declared> {
  const { address, port } = parseEndpoint(text);
  const host = address.toLowerCase();
  if (isIP(host)) return { host, port, addresses: [host] };
  const found = await lookup(host, { all: true }).catch(() => []);
  const addresses = [...new Set(found.map(({ address }) => address))];
  return {
    host,
    port,
    addresses: addresses.length > 0 ? addresses : [`127.66.${index >> 8}.${(index & 255) + 1}`],
  };
}

/** On the addresses that programs ask, and on all others: an answer must come from where it was expected. */
async function answerNames(answer: (query: Buffer) => Buffer | undefined): Promise<void> {
  const configured = getServers().flatMap((server) => (isIP(server) ? [server] : []));
  for (const address of new Set(['0.0.0.0', '::', '127.0.0.1', ...configured])) {
    const socket = createSocket({
      type: isIPv6(address) ? 'udp6' : 'udp4',
      reuseAddr: true,
      ipv6Only: isIPv6(address),
    });
    socket.on('error', (error) => console.error(`warden: names on ${address}:`, error.message));
    socket.on('message', (query, from) => {
      const reply = answer(query);
      if (reply !== undefined) socket.send(reply, from.port, from.address);
    });
    await new Promise<void>((resolve) => {
      socket.once('error', () => resolve());
      socket.bind(53, address, resolve);
    });
  }
}

/** Listens where a declared destination is to be found, and hands each connection on. */
async function open({ host, address, port }: Opening & { host: string }, outlet: string): Promise<void> {
  const server = createServer({ allowHalfOpen: true }, (client) => {
    client.on('error', () => client.destroy());
    const asking = request({
      socketPath: outlet,
      method: 'CONNECT',
      path: formatEndpoint({ address: host, port }),
      agent: false,
    });
    asking.once('error', () => client.destroy());
    asking.once('response', () => client.destroy());
    asking.once('connect', ({ statusCode }, through: Socket, head: Buffer) => {
      through.on('error', () => client.destroy());
      if (statusCode !== 200) return void client.destroy();
      if (head.length > 0) client.write(head);
      client.once('close', () => through.destroy());
      through.once('close', () => client.destroySoon());
      through.pipe(client).pipe(through);
    });
    asking.end();
  });
  server.listen(port, address);
  await once(server, 'listening');
}

/** Those that are up. A kernel with tunnels built in puts a dead one of each kind into every namespace. */
async function readInterfaces(ip: string): Promise<readonly string[]> {
  const links = JSON.parse(await call(ip, ['-json', 'link', 'show', 'up'])) as { ifname?: string }[];
  return links.flatMap(({ ifname }) => ifname ?? []);
}

/** `unshare --net node warden.ts --directory D --ip IP --nft NFT [--destination HOST:PORT …]` */
if (import.meta.main) {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { directory: text, ip: text, nft: text, destination: { ...text, multiple: true } },
  });
  const { directory, ip, nft, destination = [] } = values;
  if (!directory || !ip || !nft) {
    console.error('warden: --directory, --ip and --nft are needed');
    process.exit(64);
  }
  await keepWatch(directory, { ip, nft }, destination);
  console.log(`warden: keeping watch; declared: ${destination.join(', ') || 'nothing'}`);
}
