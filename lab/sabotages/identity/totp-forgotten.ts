import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The break-glass account is asked for no code any more',
  damages: 'The second factor of every account is off, as if nobody ever had one.',
  drill: 'accounts',
  caughtBy: { check: 'identity.restored.second-factor', code: 'TOTP_LOST' },
  copy: async ({ query }) => {
    await query(`update users set mfasecret = '', mfaactive = false`);
  },
});
