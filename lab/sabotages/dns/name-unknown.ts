import { defineSabotage } from '../sabotage.ts';
import { ADDRESSES } from '../../underway.ts';
import { askOwnResolver, changeRecord } from '../../meddling/resolver.ts';

export default defineSabotage({
  title: 'The zone does not know the name',
  damages: 'The record is gone from the zone.',
  drill: 'names',
  caughtBy: { check: 'dns.authority', code: 'NAME_UNKNOWN' },
  mayFollow: ['dns.ttl'],
  settings: async (config, on) => {
    await changeRecord(config, on, { address: null, putBack: ADDRESSES.primary });
    return askOwnResolver(config, on);
  },
});
