import type { RecordedError } from './journal.ts';

/**
 * What a run, a phase, a step or a check came to. `missed`: the site or its backups fell short. `unverified`: it could
 * not be established. `broken`: Muster or the ground it stands on failed. Only a check that was really made and held
 * is `passed`.
 */
export const VERDICTS = ['interrupted', 'broken', 'missed', 'unverified', 'passed'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** The gravest of several verdicts; of none, `unverified`: nothing was looked at. */
export function gravest(verdicts: Iterable<Verdict>): Verdict {
  const seen = new Set(verdicts);
  return VERDICTS.find((verdict) => seen.has(verdict)) ?? 'unverified';
}

/** What an error makes of a run: a backup that cannot be restored is a finding, not a failure of ours. */
export function verdictOf({ code, blame }: Pick<RecordedError, 'code' | 'blame'>): Verdict {
  if (code === 'INTERRUPTED') return 'interrupted';
  return blame === 'backups' ? 'missed' : 'broken';
}
