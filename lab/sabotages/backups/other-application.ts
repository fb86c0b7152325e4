import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The dump is of another application’s database',
  damages: 'All tables; one of something else is there instead.',
  drill: 'backups',
  caughtBy: { check: 'backup.database.is-mattermost', code: 'NOT_MATTERMOST' },
  backups: (backups) =>
    backups.dumpAfter(async ({ query }) => {
      await query(`drop schema public cascade`);
      await query(`create schema public`);
      await query(`create table public.invoices as select generate_series(1, 100) as number`);
    }),
});
