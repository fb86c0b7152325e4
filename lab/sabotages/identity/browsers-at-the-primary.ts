import { sendEverybodyToThePrimary } from '../sent-to-the-primary.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Browsers end at the primary IdP',
  damages: 'Where the site sends people to sign in, while the primary answers again: seen by a browser.',
  drill: 'login',
  checks: ['login.secondary-idp.tomas.berg'],
  caughtBy: { check: 'login.primary-idp-never-contacted', code: 'PRIMARY_IDP_CONTACTED' },
  mayFollow: ['login.secondary-idp.tomas.berg', 'login.site-well'],
  site: sendEverybodyToThePrimary,
});
