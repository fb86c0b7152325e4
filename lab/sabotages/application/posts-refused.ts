import { defineSabotage } from '../sabotage.ts';
import { meddle, refusal } from '../../meddling/meddle.ts';

export default defineSabotage({
  title: 'Nobody may write',
  damages: 'The site refuses every message, as when a permission scheme came back wrong.',
  drill: 'messages',
  checks: ['messages.live-post'],
  caughtBy: { check: 'messages.live-post', code: 'MESSAGE_REFUSED' },
  settings: (config, on) =>
    meddle(config, on, {
      answer: ({ method, path }) =>
        method === 'POST' && path === '/api/v4/posts'
          ? refusal(403, 'api.context.permissions.app_error')
          : undefined,
    }),
});
