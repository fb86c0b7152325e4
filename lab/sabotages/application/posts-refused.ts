import { defineSabotage } from '../sabotage.ts';
import { meddle, refusal } from '../../meddling/meddle.ts';

export default defineSabotage({
  title: 'Nobody may write',
  damages: 'The site refuses every message, as when a permission scheme came back wrong.',
  drill: 'login',
  checks: ['login.first-message'],
  caughtBy: { check: 'login.first-message', code: 'MESSAGE_REFUSED' },
  mayFollow: ['objective.rto'],
  settings: (config, on) =>
    meddle(config, on, {
      answer: ({ method, path }) =>
        method === 'POST' && path === '/api/v4/posts'
          ? refusal(403, 'api.context.permissions.app_error')
          : undefined,
    }),
});
