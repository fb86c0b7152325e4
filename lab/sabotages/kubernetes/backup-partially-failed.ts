import { changeRecord } from '../damage-velero.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The only backup of the site failed in part, and Velero restores it all the same',
  damages: 'The phase in its record.',
  drill: 'cluster-ready',
  caughtBy: { check: 'backup.velero.completed', code: 'VELERO_NOT_COMPLETED' },
  inCluster: {
    before: ({ bucket }) =>
      changeRecord(bucket, (record) => record.replace('"Completed"', '"PartiallyFailed"')),
  },
});
