import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The list of migrations has gaps',
  damages: 'The last five rows of db_migrations.',
  drill: 'copy',
  caughtBy: { check: 'audit.schema-version', code: 'SCHEMA_INCOMPLETE' },
  mayFollow: ['baseline.*'],
  copy: async ({ query }) => {
    await query(
      `delete from db_migrations where version in (select version from db_migrations order by version desc offset 3 limit 5)`,
    );
  },
});
