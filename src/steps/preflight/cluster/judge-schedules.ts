import type { Check } from '../../../model/check.ts';
import type { StepContext } from '../../../model/drill.ts';
import { formatDuration } from '../../../model/duration.ts';
import type { ScratchCluster } from '../../cluster/scratch-cluster.ts';

/** Only where Velero here has schedules of the site: in a cluster that knows the bucket alone there are none. */
export async function judgeSchedules(
  ctx: StepContext,
  { velero }: ScratchCluster,
): Promise<Check | undefined> {
  const { rpo } = ctx.objectives;
  const namespace = ctx.config.backups.velero?.namespace ?? '';
  const schedules = await velero.schedules(namespace, { signal: ctx.signal });
  if (schedules.length === 0) return undefined;
  const age = (at: string | null) => (at === null ? Infinity : +ctx.outageAt - Date.parse(at));
  const inTime = schedules.filter(({ paused, lastBackup }) => !paused && age(lastBackup) <= rpo);
  const check = {
    id: 'cluster.schedules',
    claim: 'A schedule of Velero backs the site up often enough',
    expected: `one that is not paused and was last at work within ${formatDuration(rpo)}`,
    seen: schedules
      .map(
        ({ name, paused, lastBackup }) =>
          `${name}${paused ? ' is paused' : ''}, last ${lastBackup ?? 'never'}`,
      )
      .join('; '),
  };
  if (inTime.length > 0) return { ...check, verdict: 'passed' };
  return {
    ...check,
    verdict: 'missed',
    code: 'VELERO_SCHEDULE_STALE',
    hint: '`velero schedule get` on the site.',
  };
}
