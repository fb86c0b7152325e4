import type { Check } from '../../../model/check.ts';
import type { StepContext } from '../../../model/drill.ts';
import { formatDuration } from '../../../model/duration.ts';
import type { ScratchCluster } from '../../cluster/scratch-cluster.ts';
import { tellWaiting } from '../../cluster/tell-waiting.ts';

/** Waits until Velero has found the backup in its bucket: an empty cluster knows it only after a minute or two. */
export async function judgeBackup(ctx: StepContext, { velero }: ScratchCluster): Promise<Check> {
  const { signal } = ctx;
  const backup = ctx.get('backups').velero;
  const check = {
    id: 'cluster.backup',
    claim: 'Velero in the cluster knows the backup, in a storage location that it reaches',
    expected: backup?.name ?? 'a backup of the site',
  };
  if (backup === null) return { ...check, verdict: 'missed', seen: 'there is none', code: 'BACKUP_MISSING' };
  const started = performance.now();
  const location = await velero.waitForBackup(backup.name, {
    signal,
    waiting: tellWaiting(ctx, `until Velero has found ${backup.name} in the bucket`),
  });
  const waited = formatDuration(performance.now() - started);
  if (location === undefined)
    return {
      ...check,
      verdict: 'missed',
      seen: `not found in ${waited}`,
      code: 'BACKUP_NOT_SYNCED',
      hint: 'Its storage location must name the bucket and prefix of backups.velero. `velero backup get` shows what it knows.',
    };
  const found = (await velero.storageLocations({ signal })).find(({ name }) => name === location);
  if (found?.phase !== 'Available')
    return {
      ...check,
      verdict: 'missed',
      seen: `it is in storage location ${location}, which is ${found?.phase ?? 'not there'}: ${found?.message ?? ''}`,
      code: 'BACKUP_NOT_SYNCED',
    };
  return {
    ...check,
    verdict: 'passed',
    seen: `in storage location ${location}${found.isReadOnly ? ', read-only' : ''}; waited ${waited}`,
  };
}
