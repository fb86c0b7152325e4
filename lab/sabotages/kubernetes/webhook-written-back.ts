import { defineSabotage } from '../sabotage.ts';
import { bringBack, keepRows, planMessage, untilSent } from '../undo-quarantine.ts';

export default defineSabotage({
  title: 'A webhook of the running site leads to production again',
  damages: 'Outgoing webhooks come back after quarantine, switched on, with the primary’s address.',
  drill: 'cluster-site',
  caughtBy: { check: 'isolation.no-production-pointer', code: 'PRODUCTION_ADDRESS_LEFT' },
  mayFollow: ['air-gap.*', 'isolation.site-is-quiet'],
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
