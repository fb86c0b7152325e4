import { defineSabotage } from '../sabotage.ts';
import { askOwnResolver } from '../../meddling/resolver.ts';

export default defineSabotage({
  title: 'A resolver keeps the old address for longer than it may',
  damages: 'It keeps every answer for 25 seconds; the record allows two.',
  drill: 'failover',
  caughtBy: { check: 'failover.ttl-respected', code: 'TTL_IGNORED' },
  mayFollow: ['failover.old-page'],
  settings: (config, on) => askOwnResolver(config, on, ['cache-min-ttl: 25']),
});
