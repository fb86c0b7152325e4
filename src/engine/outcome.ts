import type { JournalEvent, RecordedError } from '../model/journal.ts';
import { shownVerdicts, type ClaimVerdict } from '../model/claim.ts';
import { ERRORS, type DrillError } from '../model/errors.ts';
import { standingChecks } from '../model/standing-checks.ts';
import { gravest, verdictOf, type Verdict } from '../model/verdict.ts';

export interface Outcome {
  readonly verdict: Verdict;
  readonly exitCode: number;
}

/** The order in which exit codes win when several apply: an incomplete undo first, somebody must act tonight. */
export const PRECEDENCE = [90, 130, 99, 89, 88, 87, 86, 85, 84, 83, 82, 81, 80, 64, 1, 2];

const NO_COVERAGE = { claims: [], waivers: [] };

/** What a claim adds to the verdict of its run. A waived one adds nothing: the rest has to carry a pass. */
const CLAIM_VERDICTS: Readonly<Record<ClaimVerdict, readonly Verdict[]>> = {
  proven: ['passed'],
  missed: ['missed'],
  unverified: ['unverified'],
  waived: [],
};

/** What a run came to, from nothing but its journal and what a look afterwards found left behind. */
export function judge(events: readonly JournalEvent[], leftBehind: readonly string[]): Outcome {
  const errors = lastOutcomes(events, 'step.finished');
  const { claims, waivers } = events.findLast((event) => event.type === 'coverage') ?? NO_COVERAGE;
  const shown = shownVerdicts({ waivers });
  const verdicts: Verdict[] = [
    ...[...standingChecks(events).values()]
      .map(({ check }) => shown(check))
      .filter((one) => one !== 'waived'),
    ...claims.flatMap(({ verdict }) => CLAIM_VERDICTS[verdict]),
    ...errors.map(verdictOf),
    ...silences(events),
  ];
  const exits: number[] = errors.map(({ code }) => ERRORS[code].exit);
  if (leftBehind.length > 0 || lastOutcomes(events, 'undo.finished').length > 0) {
    exits.push(ERRORS.TEARDOWN_INCOMPLETE.exit);
    verdicts.push('broken');
  }
  const verdict = gravest(verdicts);
  if (verdicts.includes('interrupted')) exits.push(ERRORS.INTERRUPTED.exit);
  if (verdicts.includes('missed')) exits.push(1);
  if (verdict === 'unverified') exits.push(2);
  const first = PRECEDENCE.find((code) => exits.includes(code));
  // Whatever is not a pass has said why above; if it has not, that is a bug and never exit code 0.
  return { verdict, exitCode: first ?? (verdict === 'passed' ? 0 : ERRORS.HARNESS_BUG.exit) };
}

/**
 * What the journal does not say: of a step that was announced and has no end, its process died; of a step that was not
 * reached, or a check that was promised and is not there, nothing is known. Neither is ever a pass.
 */
function silences(events: readonly JournalEvent[]): Verdict[] {
  const announced = events.findLast((event) => event.type === 'run.started')?.steps ?? [];
  const made = standingChecks(events);
  const ended = new Map(
    events.flatMap((event) => (event.type === 'step.finished' ? [[event.step, event.outcome] as const] : [])),
  );
  const underWay = new Set<string>();
  for (const event of events) {
    if (event.type === 'step.started') underWay.add(event.step);
    if (event.type === 'step.finished') underWay.delete(event.step);
  }
  return announced.flatMap(({ id, promises }): Verdict[] => {
    const outcome = underWay.has(id) ? undefined : ended.get(id);
    if (outcome === undefined) return ['interrupted'];
    return outcome === 'not-reached' || promises.some((check) => !made.has(check)) ? ['unverified'] : [];
  });
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
