import { readdir, readFile, readlink } from 'node:fs/promises';
import type { StepContext } from '../../../model/drill.ts';
import type { ProcessRef } from '../../../support/processes.ts';
import { findSession } from '../../../support/processes.ts';
import type { ScratchNetwork } from '../../../model/facts.ts';
import { enter } from '../../../support/scratch-network/enter.ts';
import { findTool } from '../../../support/tools.ts';

/** The process and what it has started. */
export const familyOf = (leader: ProcessRef): readonly number[] => [
  leader.pid,
  ...findSession(leader.pid).map(({ pid }) => pid),
];

/** Inodes of all sockets that these processes hold (proc_pid_fd(5)). */
export async function socketsOf(pids: readonly number[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const pid of pids) {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const fd of descriptors) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined) found.add(inode);
    }
  }
  return found;
}

/**
 * Paths of the Unix sockets of others that these processes are connected to: those know no network namespace. Undefined
 * without ss, which tells.
 */
export async function unixPeers(
  ctx: Pick<StepContext, 'exec'>,
  network: ScratchNetwork,
  pids: readonly number[],
): Promise<readonly string[] | undefined> {
  const tool = await findTool('ss');
  if (tool === undefined) return undefined;
  const own = await socketsOf(pids);
  const ss = { command: tool.path, args: ['--unix', '--all', '--numeric', '--no-header'] };
  const list = async ({ command, args }: typeof ss) =>
    (await ctx.exec(command, args, { keep: () => '' })).stdout;
  const sockets = parseUnixSockets((await list(await enter(network, ss))) + (await list(ss)));
  const paths = sockets
    .filter(({ inode, peer }) => own.has(inode) && !own.has(peer))
    .flatMap(({ peer }) => sockets.find(({ inode }) => inode === peer)?.path ?? []);
  return [...new Set(paths)];
}

interface UnixSocket {
  readonly inode: string;
  readonly peer: string;
  /** Undefined for one without a name. */
  readonly path: string | undefined;
}

/** Lines of ss(8): kind, state, two queues, path and inode of this end, path and inode of the other. */
export function parseUnixSockets(output: string): readonly UnixSocket[] {
  return output.split('\n').flatMap((line) => {
    const found = /^u_\w+\s+\S+\s+\d+\s+\d+\s+(.+?)\s+(\d+)\s+\S+\s+(\d+)/.exec(line);
    const [, path = '', inode = '', peer = ''] = found ?? [];
    return found ? [{ inode, peer, path: path === '*' ? undefined : path }] : [];
  });
}

/** Where TCP connections of these processes lead that are open now: `192.0.2.7:443`. */
export async function tcpPeers(pids: readonly number[]): Promise<readonly string[]> {
  const own = await socketsOf(pids);
  const sockets = await readTcpTable(pids[0]);
  return sockets
    .filter(({ inode, isListening }) => own.has(inode) && !isListening)
    .map(({ remote }) => readEndpoint(remote));
}

/** Ports that somebody listens on in the network that this process is in. */
export async function listeningPorts(pid: number): Promise<readonly number[]> {
  return (await readTcpTable(pid))
    .filter(({ isListening }) => isListening)
    .map(({ local }) => Number.parseInt(local.split(':')[1] ?? '', 16));
}

interface TcpSocket {
  readonly local: string;
  readonly remote: string;
  readonly isListening: boolean;
  readonly inode: string;
}

/** Of the network that this process is in. */
async function readTcpTable(pid: number | undefined): Promise<readonly TcpSocket[]> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((table) => readFile(`/proc/${pid}/net/${table}`, 'utf8').catch(() => '')),
  );
  return tables.flatMap((table) =>
    table.split('\n').map((line) => {
      // proc_pid_net(5): number, local and remote address, state (0A listens), …; the inode is the tenth word.
      const [, local = '', remote = '', state, , , , , , inode = ''] = line.trim().split(/\s+/);
      return { local, remote, isListening: state === '0A', inode };
    }),
  );
}

/** `0100007F:1F90`: each word of the address in the machine's byte order, the port in the network's. */
function readEndpoint(text: string): string {
  const [hex = '', port = ''] = text.split(':');
  const words = (hex.match(/.{8}/g) ?? []).map((word) => (word.match(/../g) ?? []).toReversed());
  const isMapped = hex.length === 32 && hex.startsWith('0000000000000000FFFF0000');
  const address =
    hex.length === 8 || isMapped
      ? (words.at(-1) ?? []).map((byte) => Number.parseInt(byte, 16)).join('.')
      : `[${(words.flat().join('').match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16).toString(16)).join(':')}]`;
  return `${address}:${Number.parseInt(port, 16)}`;
}
