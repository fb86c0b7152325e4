import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Velero’s backup failed in part',
  damages: 'The phase in Velero’s own record.',
  drill: 'backups',
  caughtBy: { check: 'backup.velero.completed', code: 'VELERO_NOT_COMPLETED' },
  mayFollow: ['backup.velero.*'],
  backups: ({ change }) =>
    change(
      'velero/',
      (key) => key.endsWith('velero-backup.json'),
      (body) => body.toString().replace('"Completed"', '"PartiallyFailed"'),
    ),
});
