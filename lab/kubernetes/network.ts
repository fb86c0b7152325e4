import { existsSync, readdirSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { requireTool } from '../../src/support/tools.ts';
import { LAB_FOLDER } from '../state.ts';
import { BRIDGE } from './addresses.ts';

/** Where iproute2 keeps the namespaces that have a name (ip-netns(8)). */
const NAMESPACES = '/run/netns';
const namespaceFile = (name: string): string => path.join(NAMESPACES, name);

/**
 * Gives the namespace that we are in a name, and a bridge with these addresses beside the node's own. A bridge, because
 * the kernel need not have dummy interfaces.
 */
export async function furnishNetwork(name: string, addresses: readonly string[]): Promise<void> {
  const ip = await requireTool('ip');
  await execa(ip, ['netns', 'attach', name, String(process.pid)]);
  const commands = [
    'link set lo up',
    `link add ${BRIDGE.name} type bridge`,
    ...[BRIDGE.node, ...addresses].map(
      (address) => `address add ${address}/${BRIDGE.mask} dev ${BRIDGE.name}`,
    ),
    `link set ${BRIDGE.name} up`,
  ];
  await execa(ip, ['-batch', '-'], { input: `${commands.join('\n')}\n` });
  // Of this namespace alone: the resolver is not root, and pods know no other port.
  await writeFile('/proc/sys/net/ipv4/ip_unprivileged_port_start', '53');
}

/** As the kernel calls it (`net:[4026532315]`); undefined when there is none of this name. */
export function findNetwork(name: string): string | undefined {
  const file = namespaceFile(name);
  return existsSync(file) ? `net:[${statSync(file).ino}]` : undefined;
}

/** Names of those that labs have, in whatever register of labs they are. */
export function listLabNetworks(): string[] {
  const names = existsSync(NAMESPACES) ? readdirSync(NAMESPACES) : [];
  return names.filter((name) => name.startsWith(path.basename(LAB_FOLDER)));
}

export async function removeNetwork(name: string): Promise<void> {
  if (findNetwork(name)) await execa(await requireTool('ip'), ['netns', 'delete', name]);
}

/** Starts a command in the network of that name. */
export async function insideNetwork(name: string, command: readonly string[]): Promise<readonly string[]> {
  return [await requireTool('nsenter'), `--net=${namespaceFile(name)}`, '--', ...command];
}
