import { garble } from '../damage-dump.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Bytes in the dump’s table of contents are not what they were',
  damages: '256 bytes after the first 2,000.',
  drill: 'backups',
  caughtBy: { check: 'backup.database.readable', code: 'BACKUP_UNREADABLE' },
  mayFollow: ['backup.database.is-mattermost'],
  backups: (backups) => backups.changeDump((dump) => garble(dump, 2_000)),
});
