import type { Check } from '../../model/check.ts';
import { formatDuration, type Milliseconds } from '../../model/duration.ts';

export interface AgedBackup {
  /** `database`: makes the check's id and the metric's key. */
  readonly kind: string;
  /** "database backup", for people. */
  readonly what: string;
  readonly takenAt: string;
  /** Where it is and how its time is known. */
  readonly known: string;
  readonly limit: Milliseconds;
  /** How the limit came about, when it is not the RPO. */
  readonly limitIs?: string | undefined;
}

/**
 * Judges a backup's age at the outage. One that was taken after the outage is `unverified`: it cannot have been there
 * when it was needed, so either a clock or the outage's time is wrong, and nothing is known about the RPO.
 */
export function judgeAge(backup: AgedBackup, outageAt: Date): Check {
  const { kind, what, takenAt, known, limit, limitIs = 'the RPO' } = backup;
  const age = +outageAt - Date.parse(takenAt);
  const base = {
    id: `backup.${kind}.age`,
    claim: `The newest ${what} is younger than ${limitIs}`,
    expected: `at most ${formatDuration(limit)} old at the outage (${outageAt.toISOString()})`,
    metric: {
      key: `backup_${kind}_age_seconds`,
      value: age / 1000,
      unit: 's',
      limit: limit / 1000,
      better: 'lower' as const,
    },
  };
  if (age < 0) {
    return {
      ...base,
      verdict: 'unverified',
      seen: `taken ${formatDuration(-age)} after the outage, at ${takenAt} (${known})`,
      code: 'BACKUP_AFTER_OUTAGE',
      hint: 'Check --outage-at, and the clocks of the machine that backs up and of the store: this backup was not there yet.',
    };
  }
  const seen = `${formatDuration(age)} old: taken at ${takenAt} (${known})`;
  if (age <= limit) return { ...base, verdict: 'passed', seen };
  return {
    ...base,
    verdict: 'missed',
    seen,
    code: 'BACKUP_STALE',
    hint: 'Check that the backup schedule ran and that its upload arrived; or take backups more often.',
  };
}
