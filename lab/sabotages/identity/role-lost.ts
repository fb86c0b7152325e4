import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'An administrator is none any more',
  damages: 'The roles of the administrator who signs in through the IdP.',
  drill: 'accounts',
  caughtBy: { check: 'identity.restored.members', code: 'ROLE_LOST' },
  copy: async ({ query }) => {
    await query(
      `update users set roles = 'system_user' where roles like '%system_admin%' and authservice <> ''`,
    );
  },
});
