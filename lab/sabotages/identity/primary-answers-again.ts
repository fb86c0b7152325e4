import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The primary IdP answers while people sign in',
  damages: 'Nothing: the primary is started again, so that nobody can tell whether the site needs it.',
  drill: 'continuity',
  caughtBy: { check: 'identity.primary-dead', code: 'PRIMARY_ANSWERS' },
  site: ({ identity }) => identity.primary.reopen(),
});
