import { defineSabotage } from '../sabotage.ts';
import { callWebhook, keepWebhooks, untilSent } from '../undo-quarantine.ts';

export default defineSabotage({
  title: 'A webhook of the running site leads to production again',
  damages: 'Outgoing webhooks come back after quarantine, switched on, with the primary’s address.',
  drill: 'cluster-site',
  caughtBy: { check: 'isolation.no-production-pointer', code: 'PRODUCTION_ADDRESS_LEFT' },
  mayFollow: ['air-gap.*', 'isolation.site-is-quiet'],
  inCluster: {
    restored: keepWebhooks,
    quarantined: (copy) => callWebhook(copy, 'https://10.200.0.10:8443/hook'),
    started: untilSent,
  },
});
