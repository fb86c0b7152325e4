import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The secret of a second factor is lost',
  damages: 'All secrets of one-time codes: those people are asked for a code that can never be right.',
  drill: 'accounts',
  caughtBy: { check: 'identity.restored.second-factor', code: 'TOTP_LOST' },
  copy: async ({ query }) => {
    await query(`update users set mfasecret = '' where mfaactive`);
  },
});
