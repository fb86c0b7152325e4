import { madeYearsAgo } from '../damage-dump.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The newest dump is two years old',
  damages: 'The time in its header: the job has long stopped.',
  drill: 'backups',
  caughtBy: { check: 'backup.database.age', code: 'BACKUP_STALE' },
  mayFollow: ['baseline.*'],
  backups: (backups) => backups.changeDump((dump) => madeYearsAgo(dump, 2)),
});
