import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The dump has every table and not one row',
  damages: 'All rows, as by pg_dump --schema-only.',
  drill: 'backups',
  caughtBy: { check: 'backup.database.is-mattermost', code: 'NOT_MATTERMOST' },
  backups: (backups) =>
    backups.dumpAfter(async ({ query }) => {
      await query(
        `do $$ declare t record; begin for t in select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'public' loop execute 'truncate ' || t.name || ' cascade'; end loop; end $$`,
      );
    }),
});
