import { cutInHalf } from '../damage-dump.ts';
import { isTarball } from '../damage-velero.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Velero’s tarball is cut off',
  damages: 'The second half of the tarball.',
  drill: 'backups',
  caughtBy: { check: 'backup.velero.tarball', code: 'BACKUP_UNREADABLE' },
  mayFollow: ['backup.velero.*'],
  backups: ({ change }) => change('velero/', isTarball, cutInHalf),
});
