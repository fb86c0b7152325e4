import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'There is no Velero backup',
  damages: 'All that Velero has written.',
  drill: 'backups',
  caughtBy: { check: 'backup.velero.age', code: 'BACKUP_MISSING' },
  mayFollow: ['backup.velero.*', 'error'],
  async backups({ list, remove }) {
    for (const key of (await list('velero/')).filter((name) => name.length > 0)) await remove(key);
  },
});
