import { execa } from 'execa';
import { insideNetwork } from '../../../../lab/kubernetes/network.ts';

/** A network of this name with a node's addresses, as `muster lab up --kubernetes` makes one. */
export async function furnish(name: string, addresses: readonly string[]): Promise<void> {
  const module = new URL('../../../../lab/kubernetes/network.ts', import.meta.url);
  const script = `const { furnishNetwork } = await import('${module}');
    await furnishNetwork('${name}', ${JSON.stringify(addresses)});`;
  await execa('unshare', ['--net', '--', process.execPath, '--input-type=module', '-e', script]);
}

/** A pod's network, linked to the node's as the CNI plugin `ptp` does it. */
export async function addPodNetwork(node: string, name: string, address: string): Promise<void> {
  const link = `veth${address.split('.').at(-1)}`;
  const gateway = '10.244.0.1';
  await execa('ip', ['netns', 'add', name]);
  const commands = [
    [node, `link add ${link} type veth peer name eth0 netns ${name}`],
    [node, `address add ${gateway}/32 dev ${link}`],
    [node, `link set ${link} up`],
    [node, `route add ${address}/32 dev ${link}`],
    [name, `address add ${address}/32 dev eth0`],
    [name, 'link set eth0 up'],
    [name, `route add ${gateway}/32 dev eth0`],
    [name, `route add default via ${gateway}`],
  ] as const;
  for (const [network, command] of commands) await execa('ip', ['-n', network, ...command.split(' ')]);
  await inside(node, ['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward']);
}

/** Runs a command there to its end; resolves to its output. */
export async function inside(name: string, command: readonly string[], input = ''): Promise<string> {
  const [file = '', ...args] = await insideNetwork(name, command);
  return (await execa(file, args, { input })).stdout;
}
