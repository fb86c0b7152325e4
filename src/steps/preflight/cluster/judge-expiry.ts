import type { Check } from '../../../model/check.ts';
import { formatDuration, type Milliseconds } from '../../../model/duration.ts';

/**
 * The check `cluster.backup-lasts`: Velero, here or at the site, deletes a backup that has expired, also while it is
 * restored. Pure.
 */
export function judgeExpiry(expiresAt: string | null, now: Date, rto: Milliseconds): Check {
  const left = expiresAt === null ? Infinity : Date.parse(expiresAt) - +now;
  const check = {
    id: 'cluster.backup-lasts',
    claim: 'Velero does not delete the backup before the drill is over',
    expected: `it does not expire within the RTO, ${formatDuration(rto)} from now`,
    seen:
      expiresAt === null
        ? 'it never expires'
        : `it expires at ${expiresAt}, ${formatDuration(Math.abs(left))} ${left > 0 ? 'from now' : 'ago'}`,
  };
  if (left > rto) return { ...check, verdict: 'passed' };
  return {
    ...check,
    verdict: 'missed',
    code: 'BACKUP_EXPIRES_SOON',
    hint: 'Give its schedule a longer --ttl. A storage location that is read-only keeps the Velero of this cluster from deleting it; that of the site still may.',
  };
}
