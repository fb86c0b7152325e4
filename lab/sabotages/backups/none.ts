import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'There is no dump',
  damages: 'Everything under the prefix of database dumps.',
  drill: 'backups',
  caughtBy: { check: 'backup.database.recognised', code: 'BACKUP_MISSING' },
  mayFollow: ['backup.database.age', 'error'],
  backups: ({ removeAll }) => removeAll('db/'),
});
