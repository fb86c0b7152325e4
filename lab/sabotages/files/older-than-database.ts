import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The files are two months older than the database',
  damages: 'The time of the newest backup of the file store.',
  drill: 'backups',
  caughtBy: { check: 'backup.files.age', code: 'BACKUP_STALE' },
  mayFollow: ['backup.skew'],
  async backups({ list, read, write, remove }) {
    for (const key of await list('files/')) {
      const older = key.replace(/^files\/\d{4}-\d\d-\d\d/, 'files/2026-01-01');
      await write(older, await read(key));
      await remove(key);
    }
  },
});
