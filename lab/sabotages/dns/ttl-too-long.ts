import { defineSabotage } from '../sabotage.ts';
import { ADDRESSES } from '../../underway.ts';
import { askOwnResolver, changeRecord } from '../../meddling/resolver.ts';

export default defineSabotage({
  title: 'Resolvers may keep the old address for a day',
  damages: 'The TTL of the record.',
  drill: 'names',
  caughtBy: { check: 'dns.ttl', code: 'TTL_TOO_LONG' },
  settings: async (config, on) => {
    await changeRecord(config, on, {
      address: ADDRESSES.primary,
      ttl: 86_400,
      putBack: ADDRESSES.primary,
    });
    return askOwnResolver(config, on);
  },
});
