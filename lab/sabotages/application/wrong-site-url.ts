import { defineSabotage } from '../sabotage.ts';
import { meddle } from '../../meddling/meddle.ts';

export default defineSabotage({
  title: 'The site gives itself another name than people type',
  damages: 'SiteURL, as the site tells it to its clients: links in mails, sign-in and desktop apps go there.',
  drill: 'login',
  checks: ['login.site-url'],
  caughtBy: { check: 'login.site-url', code: 'SITE_URL_WRONG' },
  settings: (config, on) =>
    meddle(config, on, {
      change: ({ path }, { status, body }) => ({
        status,
        body:
          path === '/api/v4/config/client'
            ? Buffer.from(
                JSON.stringify({ ...JSON.parse(body.toString()), SiteURL: 'https://old.drill.test' }),
              )
            : body,
      }),
    }),
});
