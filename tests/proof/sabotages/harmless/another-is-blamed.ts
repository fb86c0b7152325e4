import { cutInHalf } from '../../../../lab/sabotages/damage-dump.ts';
import { defineSabotage } from '../../../../lab/sabotages/sabotage.ts';

/** It is caught, and not by the check that is named. */
export default defineSabotage({
  title: 'The dump ends in the middle, and its age is expected to tell',
  damages: 'The second half of the dump.',
  drill: 'backups',
  caughtBy: { check: 'backup.database.age', code: 'BACKUP_STALE' },
  backups: (backups) => backups.changeDump(cutInHalf),
});
