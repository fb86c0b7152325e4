import { defineSabotage } from '../sabotage.ts';
import { bringBack, configure, keepRows, planMessage, untilSent } from '../undo-quarantine.ts';

export default defineSabotage({
  title: 'The copy pushes to people’s phones',
  damages:
    'Sessions of phones are as they came, pushes are switched on, and a planned message mentions everybody.',
  drill: 'isolation',
  caughtBy: { check: 'isolation.site-is-quiet', code: 'SITE_REACHES_OUT' },
  mayFollow: ['air-gap.*', 'isolation.no-production-pointer'],
  copy: keepRows('scheduledposts', 'sessions'),
  async quarantined(copy) {
    await bringBack(copy, 'scheduledposts', 'sessions');
    await configure(copy, 'EmailSettings', 'PushNotificationServer', 'https://push.example.com');
    await copy.query(`update sessions set deviceid = 'apple:' || id, expiresat = 0`);
    await planMessage(copy, '@channel the bridge is flooded');
    copy.environment({
      MM_EMAILSETTINGS_SENDPUSHNOTIFICATIONS: 'true',
      MM_EMAILSETTINGS_PUSHNOTIFICATIONSERVER: 'https://push.example.com',
    });
  },
  site: untilSent,
});
