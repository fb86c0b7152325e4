import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'A planned message survives quarantine',
  damages: 'Planned messages, which a rule in the database keeps from being deleted.',
  drill: 'isolation',
  caughtBy: { check: 'quarantine.schedules', code: 'QUARANTINE_INCOMPLETE' },
  mayFollow: ['error'],
  copy: async ({ query }) => {
    await query('create rule keep as on delete to scheduledposts do instead nothing');
    await query('create rule keep_too as on update to scheduledposts do instead nothing');
  },
});
