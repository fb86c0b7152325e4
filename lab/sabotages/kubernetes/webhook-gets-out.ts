import { defineSabotage } from '../sabotage.ts';
import { callWebhook, keepWebhooks, untilSent } from '../undo-quarantine.ts';

export default defineSabotage({
  title: 'A pod of the copy calls a webhook of production',
  damages:
    'Outgoing webhooks come back after quarantine, switched on, with the primary’s address, which a planned message calls.',
  drill: 'cluster-site',
  caughtBy: { check: 'isolation.site-is-quiet', code: 'SITE_REACHES_OUT' },
  mayFollow: ['isolation.no-production-pointer'],
  inCluster: {
    restored: keepWebhooks,
    async quarantined(copy) {
      await callWebhook(copy, 'https://10.200.0.10:8443/hook');
      // The server calls nobody in a private network unless it is told to.
      copy.environment({ MM_SERVICESETTINGS_ALLOWEDUNTRUSTEDINTERNALCONNECTIONS: '10.200.0.0/24' });
    },
    started: untilSent,
  },
});
