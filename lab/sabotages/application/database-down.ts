import { endSessions } from '../../meddling/database.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The site is up, and its database is not',
  damages: 'The database takes no connection any more, as when its server has failed over to nobody.',
  drill: 'messages',
  checks: ['messages.live-post'],
  caughtBy: { check: 'messages.site-well', code: 'SITE_NOT_WELL' },
  mayFollow: ['messages.live-post'],
  site: async ({ query }) => {
    await query('update pg_database set datallowconn = false where datname = current_database()');
    await endSessions(query);
  },
});
