import type { StepContext } from '../model/drill.ts';
import type { DnsZone } from '../providers/dns/contract.ts';
import { openDnsZone } from '../providers/dns/index.ts';

/** The zone of the name that the drill switches, with its key resolved. */
export async function openZone(ctx: StepContext): Promise<DnsZone> {
  const { dns } = ctx.config;
  return dns.kind === 'rfc2136'
    ? openDnsZone(dns, { keySecret: await ctx.secret(dns.key.secret) })
    : openDnsZone(dns);
}
