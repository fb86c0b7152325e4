import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'There is no Velero backup',
  damages: 'All that Velero has written.',
  drill: 'backups',
  caughtBy: { check: 'backup.velero.age', code: 'BACKUP_MISSING' },
  mayFollow: ['backup.velero.*', 'error'],
  backups: ({ removeAll }) => removeAll('velero/'),
});
