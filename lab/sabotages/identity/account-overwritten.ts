import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Signing in has changed somebody’s account',
  damages: 'One e-mail address, after the site is up.',
  drill: 'continuity',
  caughtBy: { check: 'identity.accounts-unchanged', code: 'ACCOUNTS_CHANGED' },
  site: async ({ query }) => {
    await query(`update users set email = 'somebody@elsewhere.example' where username = 'tomas.berg'`);
  },
});
