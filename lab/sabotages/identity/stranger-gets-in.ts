import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'A stranger is let in who should be refused',
  damages: 'The wish of the site: strangers are to be refused, and Mattermost makes accounts for them.',
  drill: 'login',
  checks: ['login.stranger.passer-by'],
  caughtBy: { check: 'login.stranger.passer-by', code: 'STRANGER_OUTCOME' },
  settings: (config) => ({ ...config, identity: { ...config.identity, strangers: 'refused' } }),
});
