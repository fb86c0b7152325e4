import { sendEverybodyToThePrimary } from '../sent-to-the-primary.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The restored site sends people to the primary IdP',
  damages: 'Where the site sends people to sign in, while the primary answers again: all would seem well.',
  drill: 'continuity',
  caughtBy: { check: 'identity.sign-in-page', code: 'SIGN_IN_ELSEWHERE' },
  mayFollow: ['identity.primary-dead'],
  site: sendEverybodyToThePrimary,
});
