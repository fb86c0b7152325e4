import { endSessions } from '../../meddling/database.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The site can be read, and nothing can be written',
  damages: 'Its database takes no writes, as when the site still points to a replica.',
  drill: 'login',
  checks: ['login.first-message'],
  caughtBy: { check: 'login.first-message', code: 'SIGN_IN_REFUSED' },
  mayFollow: ['login.site-well', 'objective.rto'],
  site: async ({ query }) => {
    await query(
      `do $$ begin execute format('alter database %I set default_transaction_read_only = on', current_database()); end $$`,
    );
    await endSessions(query);
  },
});
