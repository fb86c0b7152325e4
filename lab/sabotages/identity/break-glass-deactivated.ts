import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The break-glass account is deactivated',
  damages: 'The one account that needs no identity provider.',
  drill: 'accounts',
  caughtBy: { check: 'identity.restored.break-glass', code: 'BREAK_GLASS_UNUSABLE' },
  mayFollow: ['identity.restored.second-factor'],
  copy: async ({ query }) => {
    await query(`update users set deleteat = 1 where username = 'breakglass'`);
  },
});
