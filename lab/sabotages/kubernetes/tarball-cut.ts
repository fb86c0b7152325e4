import { cutInHalf } from '../damage-dump.ts';
import { isTarball } from '../damage-velero.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The tarball that Velero restores ends in the middle',
  damages: 'Its second half.',
  drill: 'cluster-ready',
  caughtBy: { check: 'backup.velero.tarball', code: 'BACKUP_UNREADABLE' },
  mayFollow: ['backup.velero.*', 'cluster.version-skew', 'cluster.kinds'],
  inCluster: { before: ({ bucket }) => bucket.change('velero/', isTarball, cutInHalf) },
});
