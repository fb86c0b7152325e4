import type { DnsZone } from './contract.ts';
import type { NoDnsOptions } from './none.ts';
import type { Rfc2136Options } from './rfc2136.ts';

export type DnsOptions = Rfc2136Options | NoDnsOptions;

export interface DnsSecrets {
  /** The TSIG key's secret, base64. Only RFC 2136 needs it. */
  readonly keySecret?: string | undefined;
}

/** Opens the zone that a config's `dns` section names. Asks and changes nothing yet. */
export async function openDnsZone(
  options: DnsOptions,
  { keySecret = '' }: DnsSecrets = {},
): Promise<DnsZone> {
  switch (options.kind) {
    case 'rfc2136': {
      const { openRfc2136 } = await import('./rfc2136.ts');
      return openRfc2136(options, keySecret);
    }
    case 'none': {
      const { openNoDns } = await import('./none.ts');
      return openNoDns(options);
    }
  }
}
