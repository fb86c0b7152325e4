import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The server is older than its database',
  damages: 'The list of schema migrations names one that this server has never heard of.',
  drill: 'service',
  caughtBy: { error: 'APPLICATION_NOT_HEALTHY' },
  copy: async ({ query }) => {
    await query(`insert into db_migrations (version, name) values (99999, 'from_the_future')`);
  },
});
