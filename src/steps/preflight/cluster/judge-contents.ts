import type { Check } from '../../../model/check.ts';
import type { StepContext } from '../../../model/drill.ts';
import { DrillError } from '../../../model/errors.ts';
import { openTarball, readRecord } from '../../../support/velero-backup.ts';
import { openVeleroStore } from '../../backups/open-stores.ts';
import type { ScratchCluster } from '../../cluster/scratch-cluster.ts';
import { judgeKinds } from './judge-kinds.ts';
import { judgeVersionSkew } from './judge-version-skew.ts';

/** Whether what is in the backup can be restored into this version of Kubernetes with these definitions. */
export async function judgeContents(
  ctx: StepContext,
  { cluster }: Pick<ScratchCluster, 'cluster'>,
  version: string,
): Promise<readonly Check[]> {
  const { signal } = ctx;
  const { velero } = ctx.config.backups;
  const backup = ctx.get('backups').velero;
  if (velero === undefined || backup === null) return [];
  const { prefix, namespace } = velero;
  await using store = await openVeleroStore(ctx);
  try {
    const { clusterVersion } = await readRecord(store, backup.name, { prefix, signal });
    const { formatVersion, objects } = await openTarball(store, backup.name, { prefix, signal });
    return [
      judgeVersionSkew({ saved: clusterVersion, layout: formatVersion, scratch: version }),
      await judgeKinds(cluster, objects, namespace, { signal }),
    ];
  } catch (error) {
    // What is damaged is found and told by the checks on the backup itself.
    if (!(error instanceof DrillError) || !['BACKUP_UNREADABLE', 'BACKUP_MISSING'].includes(error.code))
      throw error;
    return ['cluster.version-skew', 'cluster.kinds'].map((id) => ({
      id,
      claim: 'What is in the backup can be restored into this cluster',
      verdict: 'unverified',
      expected: 'a backup that can be read',
      seen: error.message,
      code: error.code,
    }));
  }
}
