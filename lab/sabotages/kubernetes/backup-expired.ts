import { changeRecord } from '../damage-velero.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The backup has expired: Velero takes it away when it looks next',
  damages: 'The expiration in its record.',
  drill: 'cluster-ready',
  caughtBy: { check: 'backup.velero.not-expired', code: 'BACKUP_EXPIRED' },
  mayFollow: ['cluster.backup-lasts'],
  inCluster: {
    before: ({ bucket }) =>
      changeRecord(bucket, (record) =>
        record.replace(/"expiration": ?"[^"]+"/, '"expiration":"2026-01-02T00:00:00Z"'),
      ),
  },
});
