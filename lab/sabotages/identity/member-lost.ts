import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'A user is missing in the restored copy',
  damages: 'One row of users.',
  drill: 'accounts',
  caughtBy: { check: 'identity.restored.members', code: 'MEMBER_MISSING' },
  copy: async ({ query }) => {
    await query(`delete from users where username = 'tomas.berg'`);
  },
});
