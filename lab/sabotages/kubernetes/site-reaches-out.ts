import { defineSabotage } from '../sabotage.ts';
import { bringBack, keepRows, planMessage, untilSent } from '../undo-quarantine.ts';

export default defineSabotage({
  title: 'A pod of the site calls production while it runs',
  damages:
    'Outgoing webhooks are switched on again, and a planned message calls one at the primary’s address.',
  drill: 'cluster-site',
  caughtBy: { check: 'isolation.site-is-quiet', code: 'SITE_REACHES_OUT' },
  mayFollow: ['air-gap.*', 'isolation.no-production-pointer'],
  inCluster: {
    restored: keepRows('outgoingwebhooks', 'scheduledposts'),
    async quarantined(copy) {
      await bringBack(copy, 'outgoingwebhooks', 'scheduledposts');
      const [hook] = await copy.query<{ word: string }>(
        `update outgoingwebhooks set callbackurls = '["https://10.200.0.10:8443/hook"]' returning triggerwords::jsonb ->> 0 as word`,
      );
      await planMessage(copy, `${hook?.word} the bridge is flooded`);
      copy.environment({ MM_SERVICESETTINGS_ENABLEOUTGOINGWEBHOOKS: 'true' });
    },
    started: untilSent,
  },
});
