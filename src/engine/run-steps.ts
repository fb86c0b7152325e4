import type { Config } from '../model/config.ts';
import { PHASES, promisesOf, type Drill, type Phase, type Step, type StepContext } from '../model/drill.ts';
import { formatDuration, minutes, seconds, type Milliseconds } from '../model/duration.ts';
import { DrillError, ERRORS, toDrillError } from '../model/errors.ts';
import type { JournalEvent } from '../model/journal.ts';
import { standingChecks } from '../model/standing-checks.ts';
import { recordError } from './outcome.ts';
import { createStepContext, type RunState } from './step-context.ts';

export interface NumberedStep {
  readonly step: Step;
  readonly phase: Phase;
  readonly number: number;
}

/** A drill's steps in the order in which they are taken. */
export function numberSteps(drill: Drill, only?: Phase): NumberedStep[] {
  const steps = PHASES.flatMap((phase) => (drill[phase] ?? []).map((step) => ({ step, phase })));
  return steps
    .map((entry, index) => ({ ...entry, number: index + 1 }))
    .filter(({ phase }) => only === undefined || phase === only);
}

export interface RunStepsOptions {
  readonly signal: AbortSignal;
  /** Steps that an earlier process has finished. */
  readonly finished?: ReadonlySet<string>;
  /** How long to let work stop cleanly after an abort before we stop waiting for it. */
  readonly settle?: Milliseconds;
}

/**
 * Takes the steps in order, those that may go beside others beside those that do not depend on them. A step whose needs
 * were not given, or whose input a missed check has condemned, is not reached. What a step throws stops the run, and
 * with it whatever is under way, except an error whose blame is `backups`: that is a finding, and steps that do not
 * depend on it go on, so that one run shows all that is wrong.
 */
export async function runSteps(
  steps: readonly NumberedStep[],
  state: RunState,
  options: RunStepsOptions,
): Promise<void> {
  const { signal, finished = new Set(), settle = seconds(15) } = options;
  const halt = new AbortController();
  const outer = AbortSignal.any([signal, halt.signal]);
  const beside = new Map<Step, Promise<void>>();
  let stoppedBy: string | undefined;
  let current: Phase | undefined;

  const take = async ({ step, phase, number }: NumberedStep): Promise<void> => {
    state.emit({ type: 'step.started', step: step.id, title: step.title, phase, number });
    const error = await takeStep(
      step,
      (budget) => createStepContext(state, { id: step.id, number }, budget),
      {
        phase,
        signal: outer,
        settle,
        budget: step.budget,
        state,
        whyGivenUp: (error) => (error === halt.signal.reason ? stoppedBy : undefined),
      },
    );
    if (error && ERRORS[error.code].blame !== 'backups' && stoppedBy === undefined) {
      stoppedBy = `"${step.title}" stopped the run (${error.code})`;
      halt.abort(error);
    }
  };
  const endOf = (which: (step: Step) => boolean) =>
    Promise.all([...beside].flatMap(([step, end]) => (which(step) ? [end] : [])));

  try {
    for (const entry of steps) {
      const { step, phase } = entry;
      if (finished.has(step.id)) continue;
      if (phase !== current) {
        await endOf(() => true);
        if (current) state.emit({ type: 'phase.finished', phase: current });
        current = phase;
        state.emit({ type: 'phase.started', phase });
      }
      await endOf((other) => dependsOn(step, other, state));
      const reason = stoppedBy ?? whyNotReached(step, state);
      if (reason !== undefined) {
        state.emit({
          type: 'step.finished',
          step: step.id,
          phase,
          outcome: 'not-reached',
          durationMs: 0,
          ownCpuMs: 0,
          reason,
        });
        recordUnmadePromises(step, state, 'NOT_REACHED', reason);
        continue;
      }
      const taken = take(entry);
      if (step.beside) beside.set(step, taken);
      // What it throws is met where it is waited for.
      taken.catch(() => {});
      if (!step.beside) await taken;
    }
  } finally {
    // What still works cannot be undone.
    await Promise.allSettled(beside.values());
  }
  await endOf(() => true);
  if (current) state.emit({ type: 'phase.finished', phase: current });
}

/** Whether a step has to wait for another one that is under way. */
function dependsOn({ needs = [], condemnedBy = [] }: Step, other: Step, state: RunState): boolean {
  const promised = condemnedBy.length > 0 ? promisesOf(other, state) : [];
  return (
    needs.some((fact) => other.gives?.includes(fact)) || condemnedBy.some((check) => promised.includes(check))
  );
}

export interface UndoOptions {
  /** Each undo has this long, and nothing can take it away: it never sees the run's signal. */
  readonly budget?: Milliseconds;
  /** How long to let an undo that ran out of time stop cleanly before we go on to the next. */
  readonly settle?: Milliseconds;
}

/** Undoes, in reverse order, every step that was started. An undo that fails is recorded and the next one goes on. */
export async function undoSteps(
  steps: readonly NumberedStep[],
  state: RunState,
  { budget = minutes(5), settle = seconds(5) }: UndoOptions = {},
): Promise<void> {
  const started = new Set(
    state.events.flatMap((event) => (event.type === 'step.started' ? [event.step] : [])),
  );
  for (const { step, number } of steps.toReversed()) {
    const { undo } = step;
    if (!undo || !started.has(step.id)) continue;
    state.emit({ type: 'undo.started', step: step.id, title: step.title });
    const begun = performance.now();
    const error = await attempt(
      `undo of "${step.title}"`,
      (signal) => undo(createStepContext(state, { id: `undo-${step.id}`, number }, signal)),
      { budget, settle },
    );
    state.emit({
      type: 'undo.finished',
      step: step.id,
      durationMs: Math.round(performance.now() - begun),
      ...(error && { error: recordError(error) }),
    });
  }
}

/** What every step would do, for `muster plan`. */
export function planSteps(
  steps: readonly NumberedStep[],
  config: Config,
): { entry: NumberedStep; lines: readonly string[] }[] {
  return steps.map((entry) => ({ entry, lines: entry.step.plan?.(config) ?? [] }));
}

interface TakeStepOptions {
  readonly phase: Phase;
  readonly signal: AbortSignal;
  readonly settle: Milliseconds;
  readonly budget: Milliseconds;
  readonly state: RunState;
  /** The reason, when this error is not its own: another step has stopped the run. */
  readonly whyGivenUp: (error: DrillError) => string | undefined;
}

type Ending = Pick<Extract<JournalEvent, { type: 'step.finished' }>, 'outcome' | 'error' | 'reason'>;
type UnmadeCode = 'NOT_REACHED' | 'NOT_MADE';

async function takeStep(
  step: Step,
  contextFor: (signal: AbortSignal) => StepContext,
  options: TakeStepOptions,
): Promise<DrillError | undefined> {
  const { phase, signal, settle, budget, state, whyGivenUp } = options;
  const begun = performance.now();
  const cpu = process.cpuUsage();
  const error = await attempt(`"${step.title}"`, (budgeted) => step.run(contextFor(budgeted)), {
    budget,
    settle,
    outer: signal,
  });
  const { user, system } = process.cpuUsage(cpu);
  const end = (ending: Ending, code: UnmadeCode, why: string) => {
    state.emit({
      type: 'step.finished',
      step: step.id,
      phase,
      ...ending,
      durationMs: Math.round(performance.now() - begun),
      ownCpuMs: Math.round((user + system) / 1000),
    });
    recordUnmadePromises(step, state, code, why);
  };
  const reason = error && whyGivenUp(error);
  if (error === undefined) end({ outcome: 'done' }, 'NOT_MADE', 'the step did not make it');
  else if (reason !== undefined) end({ outcome: 'not-reached', reason }, 'NOT_REACHED', reason);
  else end({ outcome: 'failed', error: recordError(error) }, 'NOT_MADE', `the step failed: ${error.message}`);
  return error;
}

function whyNotReached(step: Step, state: RunState): string | undefined {
  const missing = (step.needs ?? []).filter((fact) => state.facts[fact] === undefined);
  if (missing.length > 0)
    return `it needs ${missing.map((fact) => `"${fact}"`).join(', ')}, which no step could give`;
  const standing = standingChecks(state.events);
  const condemning = step.condemnedBy?.find((id) => standing.get(id)?.check.verdict === 'missed');
  return condemning && `check ${condemning} has condemned its input`;
}

/** A check that was promised and not made is unverified, whatever the reason: silence is never a pass. */
function recordUnmadePromises(step: Step, state: RunState, code: UnmadeCode, why: string): void {
  const made = checksMade(state.events, step.id);
  for (const id of promisesOf(step, state)) {
    if (made.has(id)) continue;
    state.emit({
      type: 'check',
      step: step.id,
      check: {
        id,
        claim: `${id} (promised by "${step.title}")`,
        verdict: 'unverified',
        expected: 'the check is made',
        seen: why,
        code,
      },
    });
  }
}

/** What was checked by this try of a step, or by others. What an earlier try of it saw says nothing about this one. */
function checksMade(events: readonly JournalEvent[], step: string): Set<string> {
  const sitting = events.findLastIndex(({ type }) => type === 'run.started' || type === 'run.resumed');
  return new Set(
    events.flatMap((event, index) =>
      event.type === 'check' && (index > sitting || event.step !== step) ? [event.check.id] : [],
    ),
  );
}

interface AttemptOptions {
  readonly budget: Milliseconds;
  readonly settle: Milliseconds;
  readonly outer?: AbortSignal;
}

async function attempt(
  what: string,
  work: (signal: AbortSignal) => Promise<void>,
  { budget, settle, outer }: AttemptOptions,
): Promise<DrillError | undefined> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(new Error('out of time')), budget);
  const signal = outer ? AbortSignal.any([outer, timeout.signal]) : timeout.signal;
  const gaveUp = Promise.withResolvers<never>();
  let settling: NodeJS.Timeout | undefined;
  const giveUpSoon = () => {
    settling = setTimeout(() => gaveUp.reject(signal.reason), settle);
  };
  signal.addEventListener('abort', giveUpSoon, { once: true });
  try {
    signal.throwIfAborted();
    await Promise.race([work(signal), gaveUp.promise]);
    return undefined;
  } catch (cause) {
    // A run is also stopped by trouble of our own, which says what it is.
    if (outer?.aborted && outer.reason instanceof DrillError) return outer.reason;
    if (outer?.aborted)
      return new DrillError('INTERRUPTED', `${what} was interrupted`, { cause: outer.reason });
    if (timeout.signal.aborted) {
      return new DrillError('STEP_TIMED_OUT', `${what} did not finish within ${formatDuration(budget)}`, {
        cause,
        hint: 'See how far it came in the journal; a larger copy may need a longer budget in the drill file.',
      });
    }
    return toDrillError(cause);
  } finally {
    // A later interruption is no matter of this work: its timer would only keep the process waiting.
    signal.removeEventListener('abort', giveUpSoon);
    clearTimeout(timer);
    clearTimeout(settling);
  }
}

/** The steps that an earlier process has finished, from its journal. */
export function finishedSteps(events: readonly JournalEvent[]): Set<string> {
  const last = new Map<string, boolean>();
  for (const event of events) {
    if (event.type === 'step.finished') last.set(event.step, event.outcome === 'done');
    if (event.type === 'undo.started') last.delete(event.step);
  }
  return new Set([...last].flatMap(([step, done]) => (done ? [step] : [])));
}
