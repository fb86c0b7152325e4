import { isIPv6 } from 'node:net';

/** Where somebody listens, or is asked. */
export interface Endpoint {
  /** An address, or a name; IPv6 without brackets. */
  readonly address: string;
  readonly port: number;
}

/** "db.example.com:5432", "127.0.0.3:5354" or "[::1]:53". */
export const formatEndpoint = ({ address, port }: Endpoint): string =>
  isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;

/** The reverse of `formatEndpoint`. */
export function parseEndpoint(text: string): Endpoint {
  const colon = text.lastIndexOf(':');
  return { address: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}
