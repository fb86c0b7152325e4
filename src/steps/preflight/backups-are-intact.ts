import type { Step, StepContext } from '../../model/drill.ts';
import { hours } from '../../model/duration.ts';
import { checkDump } from '../backups/check-dump.ts';
import { checkFilesBackup } from '../backups/check-files.ts';
import { checkVelero } from '../backups/check-velero.ts';
import { openBackupStore } from '../backups/open-stores.ts';

/**
 * Reads each of the newest backups once, to its end, and says what is wrong with it. Nothing is kept: the restore is
 * timed from its own download.
 */
export function backupsAreIntact(): Step {
  return {
    title: 'Check that the backups are intact',
    id: 'backups-are-intact',
    needs: ['backups'],
    gives: ['backups'],
    promises: ({ config: { backups } }) => [
      'backup.database.readable',
      'backup.database.is-mattermost',
      'backup.database.tool-version',
      'backup.files.readable',
      ...(backups.velero
        ? [
            ...['backup.velero.completed', 'backup.velero.tarball', 'backup.velero.mattermost'],
            'backup.velero.volumes',
          ]
        : []),
    ],
    budget: hours(4),
    plan: ({ backups }) => [
      'download the newest database dump once, hash it, read it to its end (an archive through `pg_restore --file=-`) and count its rows',
      backups.files.layout === 'live'
        ? 'list the copy of the file store'
        : 'list the newest backup of the file store, or read its tar to the end',
      ...(backups.velero ? ["read Velero's record, tarball, resource list and record of volumes"] : []),
    ],
    run,
  };
}

async function run(ctx: StepContext): Promise<void> {
  await using store = await openBackupStore(ctx);
  const database = await checkDump(ctx, store, ctx.get('backups').database);
  ctx.set('backups', { ...ctx.get('backups'), database });
  await checkFilesBackup(ctx, store, ctx.get('backups').files);
  await checkVelero(ctx);
}
