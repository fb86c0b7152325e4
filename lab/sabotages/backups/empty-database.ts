import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The dump is of an empty database',
  damages: 'Everything in it, as when the job dumps the database of that name on the wrong server.',
  drill: 'backups',
  caughtBy: { check: 'backup.database.is-mattermost', code: 'NOT_MATTERMOST' },
  backups: (backups) =>
    backups.dumpAfter(async ({ query }) => {
      await query(`drop schema public cascade`);
      await query(`create schema public`);
    }),
});
