import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Velero’s backup failed in part',
  damages: 'The phase in Velero’s own record.',
  drill: 'backups',
  caughtBy: { check: 'backup.velero.completed', code: 'VELERO_NOT_COMPLETED' },
  mayFollow: ['backup.velero.*'],
  async backups({ list, read, write }) {
    for (const key of (await list('velero/')).filter((name) => name.endsWith('velero-backup.json')))
      await write(key, (await read(key)).toString().replace('"Completed"', '"PartiallyFailed"'));
  },
});
