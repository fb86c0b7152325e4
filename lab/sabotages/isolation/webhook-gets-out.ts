import { defineSabotage } from '../sabotage.ts';
import { bringBack, keepRows, planMessage, untilSent } from '../undo-quarantine.ts';

export default defineSabotage({
  title: 'The copy calls a webhook of production',
  damages: 'Outgoing webhooks are as they came and switched on, and a planned message calls one.',
  drill: 'isolation',
  caughtBy: { check: 'isolation.site-is-quiet', code: 'SITE_REACHES_OUT' },
  mayFollow: ['air-gap.*', 'isolation.no-production-pointer'],
  copy: keepRows('outgoingwebhooks', 'scheduledposts'),
  async quarantined(copy) {
    await bringBack(copy, 'outgoingwebhooks', 'scheduledposts');
    const [hook] = await copy.query<{ word: string }>(
      `select triggerwords::jsonb ->> 0 as word from outgoingwebhooks limit 1`,
    );
    await planMessage(copy, `${hook?.word} the bridge is flooded`);
    copy.environment({ MM_SERVICESETTINGS_ENABLEOUTGOINGWEBHOOKS: 'true' });
  },
  site: untilSent,
});
