import { changeRecord } from '../damage-velero.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Velero may delete its backup at any moment',
  damages: 'The expiry in Velero’s own record.',
  drill: 'backups',
  caughtBy: { check: 'backup.velero.not-expired', code: 'BACKUP_EXPIRED' },
  mayFollow: ['backup.velero.*'],
  backups: (backups) =>
    changeRecord(backups, (record) =>
      record.replace(/"expiration": ?"[^"]+"/, '"expiration":"2026-01-02T00:00:00Z"'),
    ),
});
