import { rm } from 'node:fs/promises';
import type { Step, StepContext } from '../../model/drill.ts';
import { formatDuration, minutes, seconds } from '../../model/duration.ts';
import { watchSwitch, type ObservedSwitch } from '../../providers/dns/resolvers.ts';
import { openZone } from '../dns-zone.ts';
import { refuseUnconfirmed } from '../preflight/name-can-be-switched.ts';
import { privateFolder } from '../verify/client-network.ts';
import { openOldPage } from './old-page.ts';

/** Resolvers may keep an old answer for its TTL; this much later than that they are ignoring it. */
const TTL_TOLERANCE = seconds(3);

/** Points the name at the restored site and measures at every resolver when clients get there. */
export function switchDns(): Step {
  return {
    id: 'switch-dns',
    title: 'Switch the name to the restored site',
    needs: ['site', 'scratch'],
    gives: ['switched'],
    promises: ['failover.resolvers', 'failover.ttl-respected', 'failover.old-page'],
    budget: minutes(30),
    plan: ({ dns, scratch, site }) => [
      `open ${site.url} in a browser, and reload that page after the switch until it reaches ${scratch.address}`,
      ...(dns.kind === 'none'
        ? [`watch ${dns.name} until somebody has pointed it at ${scratch.address}`]
        : [
            `nsupdate: delete ${dns.name} A; add ${dns.name} ${dns.ttl} A ${scratch.address}  (at ${dns.server}, key ${dns.key.name})`,
            `watch ${dns.resolvers.join(', ')}`,
          ]),
    ],
    async run(ctx) {
      refuseUnconfirmed(ctx);
      const { dns } = ctx.config;
      const { address } = ctx.get('scratch');
      await using oldPage = openOldPage(ctx);
      await using zone = await openZone(ctx);
      const before = await zone.current(dns.name, { signal: ctx.signal });
      if (dns.kind === 'rfc2136') {
        await ctx.attach(
          'addresses-before.json',
          JSON.stringify({ name: dns.name, addresses: before.addresses, ttl: dns.ttl }),
        );
        await oldPage.untilOpen();
        ctx.created({ kind: 'dns-record', name: recordName(dns.name, address) });
        ctx.set('switched', { name: dns.name, from: before.addresses, to: address, resolvers: {} });
        await zone.point(dns.name, address, { ttl: dns.ttl, signal: ctx.signal });
        ctx.progress(`${dns.name}: ${before.addresses.join(', ') || 'none'} → ${address} at the authority`);
      }
      const watching = watchSwitch({
        name: dns.name,
        expected: address,
        resolvers: dns.resolvers,
        timeout: seconds(before.ttl) + (dns.kind === 'none' ? minutes(10) : seconds(60)),
        signal: ctx.signal,
        onProgress: ({ resolver, after, answer, switched }) =>
          ctx.progress(
            `${resolver}: ${answer?.addresses.join(', ') ?? 'no answer'}${switched ? '' : ` (kept for ${answer?.ttl ?? 0} s more)`} after ${formatDuration(after)}`,
          ),
      });
      const following = oldPage.follow({
        from: before.addresses,
        to: address,
        ttl: before.ttl,
        // Nobody tells when somebody else has switched: then it is when the resolvers have it.
        since: dns.kind === 'none' ? watching : undefined,
      });
      const [observed, checked] = await Promise.all([watching, following]);
      judge(ctx, observed, before.ttl);
      ctx.check(checked);
      ctx.set('switched', {
        name: dns.name,
        from: before.addresses,
        to: address,
        resolvers: Object.fromEntries(
          observed.flatMap(({ resolver, switchedAfter }) =>
            switchedAfter === undefined ? [] : [[resolver, Math.round(switchedAfter)]],
          ),
        ),
      });
    },
    async undo(ctx) {
      // A browser that was just killed may still have a file to close.
      await rm(privateFolder(ctx), { recursive: true, force: true, maxRetries: 5 });
      const { dns } = ctx.config;
      const switched = ctx.find('switched');
      if (dns.kind !== 'rfc2136' || !switched) return;
      await using zone = await openZone(ctx);
      const now = await zone.current(dns.name, { signal: ctx.signal });
      if (now.addresses.includes(switched.to)) {
        if (switched.from.length > 0)
          await zone.point(dns.name, switched.from, { ttl: dns.ttl, signal: ctx.signal });
        else await zone.remove(dns.name, { signal: ctx.signal });
        const { addresses } = await zone.current(dns.name, { signal: ctx.signal });
        ctx.progress(`${dns.name} is back at ${addresses.join(', ') || 'no address'}`);
      } else ctx.progress(`${dns.name} no longer points to the scratch; it is left as it is`);
      ctx.removed({ kind: 'dns-record', name: recordName(dns.name, switched.to) });
    },
  };
}

function recordName(name: string, address: string): string {
  return `${name} → ${address}`;
}

function judge(ctx: StepContext, observed: readonly ObservedSwitch[], ttl: number): void {
  const stuck = observed.filter(({ switchedAfter }) => switchedAfter === undefined);
  const late = observed.filter(
    ({ switchedAfter }) => switchedAfter !== undefined && switchedAfter > seconds(ttl) + TTL_TOLERANCE,
  );
  const slowest = Math.max(0, ...observed.map(({ switchedAfter }) => switchedAfter ?? 0));
  const seen = observed.map(({ resolver, switchedAfter, lastAnswer, lastError }) =>
    switchedAfter === undefined
      ? `${resolver} never (${lastError ?? lastAnswer?.addresses.join(', ')})`
      : `${resolver} after ${formatDuration(switchedAfter)}`,
  );
  ctx.check({
    id: 'failover.resolvers',
    claim: 'Every resolver sends clients to the restored site',
    verdict: observed.length === 0 ? 'unverified' : stuck.length > 0 ? 'missed' : 'passed',
    expected: `all ${observed.length} resolvers give ${ctx.get('scratch').address}`,
    seen: seen.join('; ') || 'dns.resolvers is empty',
    ...(stuck.length > 0 && {
      code: 'RESOLVER_STUCK',
      hint: 'Flush that resolver, or see who overrides the zone there.',
    }),
    metric: { key: 'dns_switch_seconds', value: slowest / 1000, unit: 's', better: 'lower' },
  });
  ctx.check({
    id: 'failover.ttl-respected',
    claim: 'No resolver kept the old address longer than its TTL',
    verdict: observed.length === 0 ? 'unverified' : stuck.length + late.length > 0 ? 'missed' : 'passed',
    expected: `at most ${ttl} s`,
    seen: seen.join('; ') || 'dns.resolvers is empty',
    ...(stuck.length + late.length > 0 && { code: 'TTL_IGNORED' }),
  });
}
