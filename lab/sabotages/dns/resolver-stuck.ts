import { defineSabotage } from '../sabotage.ts';
import { ADDRESSES } from '../../underway.ts';
import { askOwnResolver } from '../../meddling/resolver.ts';

export default defineSabotage({
  title: 'A resolver never learns of the new address',
  damages:
    'The old address is written down in its own configuration, as in an office that overrides the zone.',
  drill: 'failover',
  caughtBy: { check: 'failover.resolvers', code: 'RESOLVER_STUCK' },
  mayFollow: ['failover.ttl-respected', 'failover.old-page'],
  settings: (config, on) =>
    askOwnResolver(config, on, [
      `local-zone: "${config.dns.name}." static`,
      `local-data: "${config.dns.name}. 2 IN A ${ADDRESSES.primary}"`,
    ]),
});
