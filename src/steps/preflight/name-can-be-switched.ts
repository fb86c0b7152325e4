import type { Step, StepContext } from '../../model/drill.ts';
import { seconds } from '../../model/duration.ts';
import { DrillError } from '../../model/errors.ts';
import { resolveAt } from '../../providers/dns/resolvers.ts';
import { openZone } from '../dns-zone.ts';

/** The authority and every resolver answer, and old answers will not be kept longer than the RTO allows. */
export function nameCanBeSwitched(): Step {
  return {
    id: 'name-can-be-switched',
    title: 'Check that the name can be switched',
    promises: ['dns.authority', 'dns.resolvers', 'dns.ttl'],
    budget: seconds(60),
    plan: ({ dns }) => [`ask the authority and ${dns.resolvers.join(', ')} for ${dns.name}`],
    async run(ctx) {
      refuseUnconfirmed(ctx);
      const { name, resolvers } = ctx.config.dns;
      await using zone = await openZone(ctx);
      const current = await zone.current(name, { signal: ctx.signal });
      ctx.check({
        id: 'dns.authority',
        claim: `The authority knows ${name}`,
        verdict: current.addresses.length > 0 ? 'passed' : 'missed',
        expected: 'at least one address',
        seen: `${current.addresses.join(', ') || 'none'} at ${zone.location}`,
        ...(current.addresses.length === 0 && { code: 'NAME_UNKNOWN' }),
      });
      const answers = await Promise.all(
        resolvers.map(async (resolver) => ({
          resolver,
          answer: await resolveAt(resolver, name, { signal: ctx.signal }),
        })),
      );
      const ignorant = answers.filter(({ answer }) => answer.addresses.length === 0);
      const unknown = current.addresses.length > 0 && ignorant.length > 0;
      ctx.check({
        id: 'dns.resolvers',
        claim: 'Every resolver that clients use knows the name',
        verdict: resolvers.length === 0 ? 'unverified' : unknown ? 'missed' : 'passed',
        expected: `${resolvers.length} resolvers answer like the authority`,
        seen:
          answers
            .map(({ resolver, answer }) => `${resolver}: ${answer.addresses.join(', ') || 'none'}`)
            .join('; ') || 'dns.resolvers is empty',
        ...(unknown && {
          code: 'NAME_UNKNOWN',
          hint: `${ignorant.map(({ resolver }) => resolver).join(', ')} must forward this zone to its authority.`,
        }),
      });
      const ttlMs = seconds(Math.max(current.ttl, ...answers.map(({ answer }) => answer.ttl)));
      const allowed = ctx.objectives.rto / 4;
      ctx.check({
        id: 'dns.ttl',
        claim: 'Clients let go of the old address within a quarter of the RTO',
        verdict: current.addresses.length === 0 ? 'unverified' : ttlMs <= allowed ? 'passed' : 'missed',
        expected: `a TTL of at most ${allowed / 1000} s`,
        seen: current.addresses.length === 0 ? 'no record has one' : `${ttlMs / 1000} s`,
        ...(current.addresses.length > 0 &&
          ttlMs > allowed && {
            code: 'TTL_TOO_LONG',
            hint: 'Lower the TTL of the record well before you need it.',
          }),
        metric: {
          key: 'dns_ttl_seconds',
          value: ttlMs / 1000,
          unit: 's',
          limit: allowed / 1000,
          better: 'lower',
        },
      });
    },
  };
}

/** A name that serves production moves only where the config allows it and the operator has typed it. */
export function refuseUnconfirmed({ config: { dns }, confirmed }: StepContext): void {
  if (dns.kind !== 'rfc2136' || !dns.servesProduction) return;
  if (dns.allowProductionName && confirmed === dns.name) return;
  throw new DrillError(
    'NAME_SERVES_PRODUCTION',
    `${dns.name} serves production, and ${dns.allowProductionName ? 'it was not confirmed' : 'dns.allowProductionName is not set'}`,
    {
      details: { confirmed: confirmed ?? 'nothing' },
      hint: dns.allowProductionName
        ? `Give \`--confirm ${dns.name}\` if users shall really be sent to the restored copy; else use a drill name.`
        : 'Use a drill name of its own and set dns.servesProduction: false; or allow it in the config and confirm the name.',
    },
  );
}
