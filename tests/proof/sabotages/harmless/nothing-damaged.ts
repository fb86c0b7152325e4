import { defineSabotage } from '../../../../lab/sabotages/sabotage.ts';

/** No drill can catch this. */
export default defineSabotage({
  title: 'Nothing is wrong',
  damages: 'Nothing.',
  drill: 'backups',
  caughtBy: { check: 'backup.database.readable', code: 'BACKUP_UNREADABLE' },
});
