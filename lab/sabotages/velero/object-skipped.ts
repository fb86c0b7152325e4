import { changeTarball } from '../damage-velero.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'An object that Velero lists is not in its tarball',
  damages: 'The secret with the database’s address.',
  drill: 'backups',
  caughtBy: { check: 'backup.velero.tarball', code: 'BACKUP_UNREADABLE' },
  mayFollow: ['baseline.*'],
  backups: (backups) =>
    changeTarball(backups, ({ name, body }) => (name.includes('/secrets/') ? undefined : body)),
});
