import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The backup of the files is empty',
  damages: 'All objects of the newest backup of the file store.',
  drill: 'backups',
  caughtBy: { check: 'backup.files.age', code: 'BACKUP_MISSING' },
  mayFollow: ['backup.files.*', 'error'],
  backups: ({ removeAll }) => removeAll('files/'),
});
