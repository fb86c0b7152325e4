import { isIPv6 } from 'node:net';

/** "127.0.0.3:5354" or "[::1]:53", as `resolveAt` takes it. */
export function formatEndpoint({ address, port }: { address: string; port: number }): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}
