import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The last block of the dump is missing',
  damages: 'The last 4 KiB are gone: its table of contents is whole, and lists all of it.',
  drill: 'backups',
  caughtBy: { check: 'backup.database.readable', code: 'BACKUP_UNREADABLE' },
  backups: (backups) => backups.changeDump((dump) => dump.subarray(0, -4_096)),
});
