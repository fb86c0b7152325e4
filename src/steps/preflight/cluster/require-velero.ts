import type { Check } from '../../../model/check.ts';
import { DrillError } from '../../../model/errors.ts';
import type { StepContext } from '../../../model/drill.ts';
import { describeLocation, OLDEST_VELERO } from '../../../providers/cluster/velero.ts';
import { compareVersions } from '../../../support/tools.ts';
import type { ScratchCluster } from '../../cluster/scratch-cluster.ts';
import { tellWaiting } from '../../cluster/tell-waiting.ts';

/** Rejects with CLUSTER_NOT_READY when Velero is absent, hangs or is too old, or reaches none of its buckets. */
export async function requireVelero(
  ctx: Pick<StepContext, 'signal' | 'progress'>,
  { velero }: ScratchCluster,
): Promise<Check> {
  const options = { signal: ctx.signal };
  const version = await velero.serverVersion({
    ...options,
    waiting: tellWaiting(ctx, 'for the answer of Velero'),
  });
  if (compareVersions(version, OLDEST_VELERO) < 0) {
    throw new DrillError('CLUSTER_NOT_READY', `Velero is ${version}, and ${OLDEST_VELERO} is wanted`, {
      hint: 'Older ones cannot change objects while they restore them as a drill has to. Upgrade Velero.',
    });
  }
  const locations = await velero.storageLocations(options);
  const available = locations.filter(({ phase }) => phase === 'Available');
  const described = locations.map(describeLocation);
  if (available.length === 0) {
    throw new DrillError('CLUSTER_NOT_READY', 'Velero reaches no storage location', {
      details: { locations: described.join('; ') || 'there is none' },
      hint: '`velero backup-location get`. Wrong credentials, a bucket that is not there and a store that is down look like this.',
    });
  }
  return {
    id: 'cluster.velero',
    claim: 'Velero works in the cluster and reaches its bucket',
    verdict: 'passed',
    expected: `${OLDEST_VELERO} or newer, a storage location that is Available`,
    seen: `${version}; ${described.join('; ')}`,
  };
}
