import { garble } from '../damage-dump.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The dump’s first bytes are not what they were',
  damages: 'The five letters by which pg_restore knows a dump.',
  drill: 'backups',
  caughtBy: { check: 'backup.database.recognised', code: 'BACKUP_UNREADABLE' },
  mayFollow: ['backup.database.age', 'error'],
  backups: (backups) => backups.changeDump((dump) => garble(dump, 0)),
});
