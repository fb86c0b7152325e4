import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The schema is older than the one that was backed up',
  damages: 'The last migration, as in a dump from before the upgrade.',
  drill: 'copy',
  caughtBy: { check: 'baseline.schema-version', code: 'SCHEMA_DIFFERS' },
  mayFollow: ['baseline.*'],
  copy: async ({ query }) => {
    await query(`delete from db_migrations where version = (select max(version) from db_migrations)`);
  },
});
