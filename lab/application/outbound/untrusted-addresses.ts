import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

const RESERVED = new BlockList();
// IANA special-purpose address registries: private, loopback, link-local and unspecified ranges.
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  RESERVED.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  RESERVED.addSubnet(network, prefix, 'ipv6');
}

/**
 * Whether a call to an address that came from users may be made: not to reserved networks, unless
 * ServiceSettings.AllowedUntrustedInternalConnections names the host, its address or its network.
 */
export async function isAllowedAddress(hostname: string, allowed: string): Promise<boolean> {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const names = allowed
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  if (names.includes(host)) return true;
  const addresses = isIP(host) ? [{ address: host }] : await lookup(host, { all: true });
  return addresses.every(({ address }) => {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    return !RESERVED.check(address, family) || names.some((name) => covers(name, address, family));
  });
}

function covers(name: string, address: string, family: 'ipv4' | 'ipv6'): boolean {
  const [network = '', prefix] = name.split('/');
  if (!isIP(network) || (isIP(network) === 6) !== (family === 'ipv6')) return false;
  const list = new BlockList();
  if (prefix === undefined) list.addAddress(network, family);
  else list.addSubnet(network, Number(prefix), family);
  return list.check(address, family);
}
