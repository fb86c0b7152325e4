import type { Verdict } from './verdict.ts';

export type CheckVerdict = Extract<Verdict, 'passed' | 'missed' | 'unverified'>;

/** A question with an expected answer, and what was seen. Making a check changes nothing. */
export interface Check {
  /** Stable, dotted, kebab-case: `backup.database.age`. Reports, waivers and trends refer to it. */
  readonly id: string;
  /** The question as a statement that a stakeholder can read: "The newest database backup is younger than the RPO". */
  readonly claim: string;
  readonly verdict: CheckVerdict;
  readonly expected: string;
  readonly seen: string;
  /** Why it missed, in one stable word: `BACKUP_STALE`. */
  readonly code?: string | undefined;
  /** What to do about it, as a sentence. */
  readonly hint?: string | undefined;
  /** Files in the run folder, relative to it, that show what was seen. */
  readonly evidence?: readonly string[] | undefined;
  /** A number worth following from run to run. */
  readonly metric?: Metric | undefined;
}

export interface Metric {
  /** Stable snake_case name: `rto_seconds`. */
  readonly key: string;
  readonly value: number;
  readonly unit: string;
  /** The objective, in the same unit. */
  readonly limit?: number | undefined;
  readonly better?: 'lower' | 'higher' | undefined;
}
