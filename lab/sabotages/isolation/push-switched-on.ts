import { configure } from '../undo-quarantine.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The copy would push to people’s phones',
  damages: 'Pushes are switched on, with a server to send them to.',
  drill: 'isolation',
  caughtBy: { check: 'air-gap.mail-and-push', code: 'AIR_GAP_OPEN' },
  mayFollow: ['isolation.no-production-pointer'],
  async quarantined(copy) {
    await configure(copy, 'EmailSettings', 'PushNotificationServer', 'https://push.example.com');
    copy.environment({
      MM_EMAILSETTINGS_SENDPUSHNOTIFICATIONS: 'true',
      MM_EMAILSETTINGS_PUSHNOTIFICATIONSERVER: 'https://push.example.com',
    });
  },
});
