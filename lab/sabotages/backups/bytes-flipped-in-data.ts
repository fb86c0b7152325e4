import { garble } from '../damage-dump.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Bytes in the dump’s data are not what they were',
  damages: '256 bytes in the middle, as by a bad disk.',
  drill: 'backups',
  caughtBy: { check: 'backup.database.readable', code: 'BACKUP_UNREADABLE' },
  backups: (backups) => backups.changeDump(garble),
});
