import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Velero may delete its backup at any moment',
  damages: 'The expiry in Velero’s own record.',
  drill: 'backups',
  caughtBy: { check: 'backup.velero.not-expired', code: 'BACKUP_EXPIRED' },
  mayFollow: ['backup.velero.*'],
  async backups({ list, read, write }) {
    for (const key of (await list('velero/')).filter((name) => name.endsWith('velero-backup.json')))
      await write(
        key,
        (await read(key)).toString().replace(/"expiration": ?"[^"]+"/, '"expiration":"2026-01-02T00:00:00Z"'),
      );
  },
});
