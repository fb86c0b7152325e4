import { garble } from '../damage-dump.ts';
import { isTarball } from '../damage-velero.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Bytes are flipped in the tarball that Velero restores',
  damages: '256 bytes in the middle.',
  drill: 'cluster-ready',
  caughtBy: { check: 'backup.velero.tarball', code: 'BACKUP_UNREADABLE' },
  mayFollow: ['backup.velero.*', 'cluster.version-skew', 'cluster.kinds'],
  inCluster: { before: ({ bucket }) => bucket.change('velero/', isTarball, (body) => garble(body)) },
});
