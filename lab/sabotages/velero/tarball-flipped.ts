import { garble } from '../damage-dump.ts';
import { isTarball } from '../damage-velero.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Bytes in Velero’s tarball are not what they were',
  damages: '256 bytes in the middle.',
  drill: 'backups',
  caughtBy: { check: 'backup.velero.tarball', code: 'BACKUP_UNREADABLE' },
  mayFollow: ['backup.velero.*'],
  backups: ({ change }) => change('velero/', isTarball, (body) => garble(body)),
});
