import { dumpedByNewerTools } from '../damage-dump.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The dump is of a pg_dump that this pg_restore does not know',
  damages: 'The version in its header: production was upgraded, the drill machine was not.',
  drill: 'backups',
  caughtBy: { check: 'backup.database.tool-version', code: 'DUMP_NEWER_THAN_TOOLS' },
  backups: (backups) => backups.changeDump(dumpedByNewerTools),
});
