import { isTarball } from '../damage-velero.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The tarball is deleted, and Velero still has the backup in its list',
  damages: 'The tarball. The Backup in the cluster stays Completed.',
  drill: 'cluster-ready',
  caughtBy: { check: 'backup.velero.tarball', code: 'BACKUP_MISSING' },
  mayFollow: ['backup.velero.*', 'cluster.version-skew', 'cluster.kinds'],
  inCluster: { before: ({ bucket }) => bucket.removeAll('velero/', isTarball) },
});
