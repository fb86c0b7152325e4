import { defineSabotage } from '../sabotage.ts';
import { callWebhook, keepWebhooks, untilSent } from '../undo-quarantine.ts';

export default defineSabotage({
  title: 'The copy calls a webhook of production',
  damages: 'Outgoing webhooks are as they came and switched on, and a planned message calls one.',
  drill: 'isolation',
  caughtBy: { check: 'isolation.site-is-quiet', code: 'SITE_REACHES_OUT' },
  mayFollow: ['air-gap.*', 'isolation.no-production-pointer'],
  copy: keepWebhooks,
  quarantined: (copy) => callWebhook(copy),
  site: untilSent,
});
