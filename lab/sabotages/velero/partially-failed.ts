import { changeRecord } from '../damage-velero.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Velero’s backup failed in part',
  damages: 'The phase in Velero’s own record.',
  drill: 'backups',
  caughtBy: { check: 'backup.velero.completed', code: 'VELERO_NOT_COMPLETED' },
  mayFollow: ['backup.velero.*'],
  backups: (backups) => changeRecord(backups, (record) => record.replace('"Completed"', '"PartiallyFailed"')),
});
