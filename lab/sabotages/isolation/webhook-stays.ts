import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'A webhook survives quarantine',
  damages: 'Outgoing webhooks, which a rule in the database keeps as they are.',
  drill: 'isolation',
  caughtBy: { check: 'quarantine.integrations', code: 'QUARANTINE_INCOMPLETE' },
  mayFollow: ['quarantine.no-production-address', 'error'],
  copy: async ({ query }) => {
    await query('create rule keep as on delete to outgoingwebhooks do instead nothing');
    await query('create rule keep_too as on update to outgoingwebhooks do instead nothing');
  },
});
