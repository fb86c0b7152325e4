import { defineSabotage } from '../sabotage.ts';
import { askOwnResolver } from '../../meddling/resolver.ts';

export default defineSabotage({
  title: 'A resolver does not know the name',
  damages: 'It answers for the zone by itself, and has nothing in it: the split horizon of an office.',
  drill: 'names',
  caughtBy: { check: 'dns.resolvers', code: 'NAME_UNKNOWN' },
  settings: (config, on) => askOwnResolver(config, on, [`local-zone: "${config.dns.name}." always_nxdomain`]),
});
