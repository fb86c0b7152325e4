import type { Check } from '../model/check.ts';
import type { JournalEvent, RecordedError } from '../model/journal.ts';
import { ERRORS, type DrillError } from '../model/errors.ts';
import { gravest, type Verdict } from '../model/verdict.ts';

export interface Outcome {
  readonly verdict: Verdict;
  readonly exitCode: number;
}

/** The order in which exit codes win when several apply: an incomplete undo first, somebody must act tonight. */
const PRECEDENCE = [90, 130, 99, 89, 88, 87, 86, 85, 84, 83, 82, 81, 80, 64, 1, 2, 0];

/** What a run came to, from nothing but its journal and what a look afterwards found left behind. */
export function judge(events: readonly JournalEvent[], leftBehind: readonly string[]): Outcome {
  const errors = lastOutcomes(events, 'step.finished');
  const verdicts: Verdict[] = [
    ...lastChecks(events).map(({ check }) => check.verdict),
    ...errors.map(verdictOf),
  ];
  const exits: number[] = errors.map(({ code }) => ERRORS[code].exit);
  if (leftBehind.length > 0 || lastOutcomes(events, 'undo.finished').length > 0) {
    exits.push(ERRORS.TEARDOWN_INCOMPLETE.exit);
    verdicts.push('broken');
  }
  const verdict = gravest(verdicts);
  if (verdicts.includes('missed')) exits.push(1);
  if (verdict === 'unverified') exits.push(2);
  return { verdict, exitCode: PRECEDENCE.find((code) => exits.includes(code)) ?? 0 };
}

/** The errors that still stand: a step, or an undo, that was tried again is judged by its last try. */
function lastOutcomes(
  events: readonly JournalEvent[],
  type: 'step.finished' | 'undo.finished',
): RecordedError[] {
  const latest = new Map<string, RecordedError | undefined>();
  for (const event of events) if (event.type === type) latest.set(event.step, event.error);
  return [...latest.values()].filter((error) => error !== undefined);
}

/** The checks that count: a check made again (a run that was resumed) replaces its earlier self. */
export function lastChecks(events: readonly JournalEvent[]): { step: string; check: Check }[] {
  const latest = new Map<string, { step: string; check: Check }>();
  for (const event of events)
    if (event.type === 'check') latest.set(event.check.id, { step: event.step, check: event.check });
  return [...latest.values()];
}

export function verdictOf({ code, blame }: Pick<RecordedError, 'code' | 'blame'>): Verdict {
  if (code === 'INTERRUPTED') return 'interrupted';
  return blame === 'backups' ? 'missed' : 'broken';
}

export function recordError(error: DrillError): RecordedError {
  const { cause } = error;
  return {
    code: error.code,
    blame: ERRORS[error.code].blame,
    message: error.message,
    hint: error.hint,
    cause: cause instanceof Error && cause.message !== error.message ? cause.message : undefined,
    details: Object.keys(error.details).length > 0 ? error.details : undefined,
  };
}
