import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The restored copy has another id for somebody than the secondary IdP',
  damages: 'One authdata, after the dump was looked at.',
  drill: 'accounts',
  caughtBy: { check: 'identity.restored.users', code: 'USERS_LOCKED_OUT' },
  // His address is there under the id that he had.
  mayFollow: ['identity.restored.emails'],
  copy: async ({ query }) => {
    await query(`update users set authdata = '990002' where username = 'tomas.berg'`);
  },
});
