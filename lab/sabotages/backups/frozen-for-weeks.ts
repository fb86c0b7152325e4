import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Dumps are taken every day of a database that stands still',
  damages: 'All that happened in the last three weeks: the job reads a replica that no longer follows.',
  drill: 'restore',
  caughtBy: { check: 'rpo.messages', code: 'RPO_MISSED' },
  mayFollow: ['baseline.*', 'audit.*', 'rpo.*'],
  backups: (backups) =>
    backups.dumpAfter(async ({ query }) => {
      await query(`delete from posts where createat > (extract(epoch from now()) - 21 * 86400) * 1000`);
      await query(`delete from fileinfo where createat > (extract(epoch from now()) - 21 * 86400) * 1000`);
    }),
});
