import { defineSabotage } from '../sabotage.ts';
import { askOwnResolver } from '../../meddling/resolver.ts';

export default defineSabotage({
  title: 'Not one request of the load arrives',
  damages: 'No resolver knows the name, so the load generator talks to nobody.',
  drill: 'load',
  caughtBy: { check: 'load.site-reached', code: 'NO_CONNECTION' },
  mayFollow: ['load.*'],
  settings: (config, on) => askOwnResolver(config, on, [`local-zone: "${config.dns.name}." always_nxdomain`]),
});
