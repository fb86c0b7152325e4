import { defineSabotage } from '../sabotage.ts';
import { ADDRESSES } from '../../underway.ts';
import { askOwnResolver, changeRecord } from '../../meddling/resolver.ts';

export default defineSabotage({
  title: 'The name points to the lost site again',
  damages: 'The record, after it was switched: as when a controller puts back what it was told last.',
  drill: 'messages',
  checks: ['messages.live-post'],
  caughtBy: { check: 'messages.site-reached', code: 'WRONG_SITE_REACHED' },
  mayFollow: ['messages.live-post'],
  settings: (config, on) => askOwnResolver(config, on, ['cache-max-ttl: 0']),
  site: (site) => changeRecord(site.config, site, { address: ADDRESSES.primary, putBack: ADDRESSES.scratch }),
});
