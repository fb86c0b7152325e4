import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The schema is newer than the one that was backed up',
  damages: 'One more migration, as in a dump of another site after its upgrade.',
  drill: 'copy',
  caughtBy: { check: 'baseline.schema-version', code: 'SCHEMA_DIFFERS' },
  mayFollow: ['baseline.*', 'audit.schema-version'],
  copy: async ({ query }) => {
    await query(`insert into db_migrations select max(version) + 1, 'from_the_future' from db_migrations`);
  },
});
