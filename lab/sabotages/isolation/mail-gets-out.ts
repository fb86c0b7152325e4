import { defineSabotage } from '../sabotage.ts';
import { bringBack, configure, keepRows, planMessage, untilSent } from '../undo-quarantine.ts';

export default defineSabotage({
  title: 'The copy mails people',
  damages: 'Mails are switched on, and a planned message mentions everybody.',
  drill: 'isolation',
  caughtBy: { check: 'isolation.site-is-quiet', code: 'SITE_REACHES_OUT' },
  mayFollow: ['air-gap.*', 'isolation.no-production-pointer'],
  copy: keepRows('scheduledposts'),
  async quarantined(copy) {
    await bringBack(copy, 'scheduledposts');
    await configure(copy, 'EmailSettings', 'SMTPServer', 'mail.example.com');
    await planMessage(copy, '@channel the bridge is flooded');
    copy.environment({
      MM_EMAILSETTINGS_SENDEMAILNOTIFICATIONS: 'true',
      MM_EMAILSETTINGS_SMTPSERVER: 'mail.example.com',
      MM_EMAILSETTINGS_SMTPPORT: '25',
    });
  },
  site: untilSent,
});
