import { cutInHalf } from '../damage-dump.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The dump ends in the middle',
  damages: 'The second half of the dump is gone, as when the disk of the backup job was full.',
  drill: 'backups',
  caughtBy: { check: 'backup.database.readable', code: 'BACKUP_UNREADABLE' },
  backups: (backups) => backups.changeDump(cutInHalf),
});
