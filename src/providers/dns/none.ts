import { DrillError } from '../../model/errors.ts';
import type { DnsZone } from './contract.ts';
import { resolveAt } from './resolvers.ts';

/** The settings that this provider needs. */
export interface NoDnsOptions {
  readonly kind: 'none';
  readonly resolvers: readonly string[];
}

/** Looks and never switches: for sites where somebody else moves the name. The first resolver speaks for the zone. */
export function openNoDns({ resolvers }: NoDnsOptions): DnsZone {
  const [resolver] = resolvers;
  return {
    location: resolver === undefined ? 'none' : `dns://${resolver}`,
    canSwitch: false,
    async current(name, options) {
      if (resolver !== undefined) return resolveAt(resolver, name, options);
      throw new DrillError('CONFIG_INVALID', `nobody can be asked for ${name}: dns.resolvers is empty`, {
        hint: 'Name at least one resolver that clients use.',
      });
    },
    point: refuse,
    remove: refuse,
    async [Symbol.asyncDispose]() {},
  };
}

async function refuse(name: string): Promise<never> {
  throw new DrillError('CONFIG_INVALID', `${name} can't be switched: dns.kind is "none"`, {
    hint: 'Set dns.kind to "rfc2136", or leave the failover step out of the drill.',
  });
}
