import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Somebody has become an administrator',
  damages: 'The roles of a member, between the audit and the sign-in.',
  drill: 'login',
  checks: ['login.same-account.tomas.berg'],
  caughtBy: { check: 'login.same-account.tomas.berg', code: 'ACCOUNT_CHANGED' },
  copy: async ({ query }) => {
    await query(`update users set roles = 'system_admin system_user' where username = 'tomas.berg'`);
  },
});
