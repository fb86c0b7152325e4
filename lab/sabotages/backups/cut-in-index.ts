import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The dump ends in its table of contents',
  damages: 'All but the first 3,000 bytes are gone, as when an upload is broken off.',
  drill: 'backups',
  caughtBy: { check: 'backup.database.readable', code: 'BACKUP_UNREADABLE' },
  mayFollow: ['backup.database.is-mattermost'],
  backups: (backups) => backups.changeDump((dump) => dump.subarray(0, 3_000)),
});
