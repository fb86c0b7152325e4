import { mkdirSync } from 'node:fs';
import { judgeClaims, type Coverage } from '../model/claim.ts';
import { whatRuns } from '../model/config.ts';
import { promisesOf, type Drill, type Phase } from '../model/drill.ts';
import type { Facts } from '../model/facts.ts';
import { JOURNAL_FORMAT, type JournalBody, type JournalEvent } from '../model/journal.ts';
import { runLayout } from '../model/layout.ts';
import * as standardClaims from '../model/standard-claims.ts';
import { DrillError, ERRORS } from '../model/errors.ts';
import { isRunning, stopProcess } from '../support/processes.ts';
import { createRedactor } from '../support/redact.ts';
import { continueClock } from './clock.ts';
import { watchClock } from './clock-jump.ts';
import { openJournal, readJournal } from './journal.ts';
import { findLeftBehind, launchedProcesses } from './left-behind.ts';
import { lockScratch } from './lock.ts';
import { redactLogs } from './redact-logs.ts';
import { judge, type Outcome } from './outcome.ts';
import { readFacts, readRunRecord, writeFacts, writeRunRecord, type RunRecord } from './run-record.ts';
import { finishedSteps, numberSteps, runSteps, undoSteps, type NumberedStep } from './run-steps.ts';
import type { RunState } from './step-context.ts';
import { examineWaivers } from './waivers.ts';

export interface RunDrillOptions {
  readonly runDir: string;
  readonly drill: Drill;
  readonly signal: AbortSignal;
  /** What it throws does not stop the run, and keeps it from exit code 0. */
  readonly onEvent: (event: JournalEvent) => void;
  readonly resolveSecret: RunState['resolveSecret'];
  /** Values that are known beforehand and must not be written down. */
  readonly secrets?: readonly string[];
  readonly keepScratch?: boolean;
}

export interface DeclareOptions extends RunDrillOptions {
  readonly record: RunRecord;
  readonly reason: string | null;
  readonly operator: string | null;
  readonly participants: readonly string[];
}

/** Declares the drill, runs it, undoes it, and says what it came to. */
export async function declareDrill(options: DeclareOptions): Promise<Outcome> {
  const { runDir, drill, record } = options;
  const lock = lockScratch(record.config.scratch.directory, record.run);
  let sitting: Sitting;
  try {
    const first = describeStart(options);
    mkdirSync(runDir, { recursive: true });
    writeRunRecord(runDir, record);
    sitting = openSitting(options, record, []);
    sitting.state.emit(first);
  } catch (cause) {
    lock.release();
    throw cause;
  }
  using open = sitting;
  const { state } = open;
  state.emit({ type: 'moment', moment: 'declared', sinceDeclaredMs: 0 });
  const steps = numberSteps(drill, record.only ?? undefined);
  const outcome = await carryOn(steps, steps, open, options);
  if (outcome.clean) lock.release();
  return outcome;
}

export interface ResumeOptions extends RunDrillOptions {
  /** Take this phase again, and only this. */
  readonly only?: Phase | undefined;
}

/**
 * Goes on with a run that was kept, or whose process died, at the first step that is not finished; or takes a phase of
 * it again. What was begun and not finished is undone first. The RTO clock has kept running. Rejects with
 * RUN_NOT_RESUMABLE when what earlier steps started is not there any more.
 */
export async function resumeDrill(options: ResumeOptions): Promise<Outcome> {
  const { runDir, drill, only } = options;
  const record = readRunRecord(runDir);
  const events = readJournal(runLayout(runDir).journal);
  requireResumable(record.run, events);
  const lock = lockScratch(record.config.scratch.directory, record.run);
  using sitting = openSitting(options, record, events);
  const { state } = sitting;
  const lastAt = events.at(-1)?.at ?? record.declaredAt;
  state.emit({ type: 'run.resumed', handsOffMs: Math.max(0, Date.now() - Date.parse(lastAt)) });
  const steps = numberSteps(drill, record.only ?? undefined);
  const finished = finishedSteps(events);
  const due =
    only === undefined
      ? steps.filter(({ step }) => !finished.has(step.id))
      : steps.filter(({ phase }) => phase === only);
  await undoSteps(due, state);
  const again = new Set(due.map(({ step }) => step.id));
  await endStragglers(state, (step) => again.has(step));
  const outcome = await carryOn(due, steps, sitting, options);
  if (outcome.clean) lock.release();
  return outcome;
}

/** Finishes the teardown of a run: after `--keep-scratch`, a crash, or an undo that failed. */
export async function undoDrill(options: Omit<RunDrillOptions, 'signal' | 'keepScratch'>): Promise<Outcome> {
  const { runDir, drill } = options;
  const record = readRunRecord(runDir);
  const earlier = readJournal(runLayout(runDir).journal);
  const lock = lockScratch(record.config.scratch.directory, record.run);
  using sitting = openSitting(options, record, earlier);
  await tearDown(numberSteps(drill, record.only ?? undefined), sitting.state);
  const outcome = finish(sitting);
  if (outcome.clean) lock.release();
  return outcome;
}

/** One process's time with a run. */
interface Sitting extends Disposable {
  readonly state: RunState;
  /** Aborted by trouble of our own, such as a journal that cannot be written. */
  readonly trouble: AbortSignal;
  /** Whether somebody who listens to the events has failed. */
  untold: boolean;
  readonly cpuAtStart: NodeJS.CpuUsage;
}

/** Takes the steps that are due, and undoes all of them. Whatever happens on the way, undo is reached. */
async function carryOn(
  due: readonly NumberedStep[],
  all: readonly NumberedStep[],
  sitting: Sitting,
  { signal, keepScratch = false }: RunDrillOptions,
): Promise<Outcome & { readonly clean: boolean }> {
  const { state, trouble } = sitting;
  const clockJump = watchClock();
  try {
    await runSteps(due, state, { signal: AbortSignal.any([signal, trouble]) });
  } finally {
    const check = clockJump();
    const last = state.events.findLast((event) => event.type === 'step.started');
    if (check && last) state.emit({ type: 'check', step: last.step, check });
    if (keepScratch) state.emit({ type: 'scratch.kept' });
    else await tearDown(all, state);
  }
  return finish(sitting, keepScratch);
}

async function tearDown(steps: readonly NumberedStep[], state: RunState): Promise<void> {
  await undoSteps(steps, state);
  await endStragglers(state);
}

function openSitting(
  { runDir, onEvent, resolveSecret, secrets = [] }: Omit<RunDrillOptions, 'drill' | 'signal'>,
  record: RunRecord,
  earlier: readonly JournalEvent[],
): Sitting {
  const layout = runLayout(runDir);
  const redactor = createRedactor();
  for (const secret of secrets) redactor.add(secret);
  const clock = continueClock({
    declaredAt: new Date(record.declaredAt),
    bootId: record.machine.bootId,
    declaredTick: BigInt(record.declaredTick),
  });
  const events = [...earlier];
  const trouble = new AbortController();
  const journal = openJournal({
    file: layout.journal,
    redactor,
    earlier,
    elapsed: () => clock.sinceDeclared(),
    onFailure: (error) => trouble.abort(error),
    onEvent: (event) => {
      events.push(event);
      try {
        onEvent(event);
      } catch {
        sitting.untold = true;
      }
    },
  });
  const facts: Partial<Facts> = readFacts(runDir);
  const state: RunState = {
    config: record.config,
    objectives: record.objectives,
    runDir,
    runId: record.run,
    lab: record.lab !== null,
    outageAt: new Date(record.outageAt),
    confirmed: record.confirmed,
    clock,
    redactor,
    emit: journal.emit,
    events,
    facts,
    saveFacts: () => writeFacts(runDir, redactor.redactJson(facts, { longerThan: 12 })),
    resolveSecret,
  };
  const sitting: Sitting = {
    state,
    trouble: trouble.signal,
    untold: false,
    cpuAtStart: process.cpuUsage(),
    [Symbol.dispose]: () => journal[Symbol.dispose](),
  };
  return sitting;
}

/** Whatever undo has not ended itself, last one first: found in the journal by pid and start time, and nowhere else. */
async function endStragglers(
  state: RunState,
  isMeant: (step: string) => boolean = () => true,
): Promise<void> {
  for (const launched of launchedProcesses(state.events).toReversed()) {
    if (!isMeant(launched.step) || !isRunning(launched)) continue;
    // One that does not end is found by the look afterwards, and the others still have to go.
    await stopProcess(launched).catch(() => {});
    if (!isRunning(launched)) state.emit({ type: 'process.ended', pid: launched.pid, role: launched.role });
  }
}

function finish(
  { state, trouble, untold, cpuAtStart }: Sitting,
  kept = false,
): Outcome & { readonly clean: boolean } {
  redactLogs(state.runDir, state.redactor);
  const leftBehind = kept ? [] : findLeftBehind(state.events);
  state.emit({ type: 'coverage', ...coverageOf(state) });
  const judged = judge(state.events, leftBehind);
  // Trouble in the last moments stopped no step, and still the record of the run is not whole.
  const outcome: Outcome =
    (trouble.aborted || untold) && judged.exitCode === 0
      ? { verdict: 'broken', exitCode: ERRORS.REPORT_FAILED.exit }
      : judged;
  const { user, system } = process.cpuUsage(cpuAtStart);
  state.emit({
    type: 'run.finished',
    ...outcome,
    durationMs: Math.round(state.clock.sinceDeclared()),
    ownCpuMs: Math.round((user + system) / 1000),
    leftBehind,
  });
  return { ...outcome, clean: !kept && outcome.exitCode !== ERRORS.TEARDOWN_INCOMPLETE.exit };
}

function describeStart({ record, drill, reason, operator, participants }: DeclareOptions): JournalBody {
  return {
    type: 'run.started',
    format: JOURNAL_FORMAT,
    run: record.run,
    drill: { name: record.drill, title: drill.title, why: drill.why },
    objectives: record.objectives,
    application: whatRuns(record.config.application),
    lab: record.lab !== null,
    only: record.only,
    outageAt: record.outageAt,
    machine: record.machine,
    muster: record.muster,
    commit: record.commit,
    reason,
    operator,
    participants,
    proof: record.proof,
    ...describeClaims(drill, record.only),
    steps: numberSteps(drill, record.only ?? undefined).map(({ step, phase }) => ({
      id: step.id,
      title: step.title,
      phase,
      promises: promisesOf(step, record),
    })),
  };
}

/** Of a part nothing is claimed: what it leaves out would be missing from every claim. */
function describeClaims({ claims = [] }: Drill, only: Phase | null) {
  if (only !== null) return { claims: [], notClaimed: [] };
  const ids = new Set(claims.map(({ id }) => id));
  const others = Object.values(standardClaims).filter(({ id }) => !ids.has(id));
  return { claims, notClaimed: others.map(({ sentence }) => sentence) };
}

/** Waivers hold on the day on which the drill was declared, however late it ends. */
function coverageOf({ events, config, clock }: RunState): Coverage {
  return judgeClaims(events, examineWaivers(config, clock.declaredAt));
}

function requireResumable(run: string, events: readonly JournalEvent[]): void {
  const refuse = (why: string) => {
    throw new DrillError('RUN_NOT_RESUMABLE', `run ${run} cannot go on: ${why}`, {
      hint: `Clean up with \`muster undo ${run}\` and run the drill again.`,
    });
  };
  if (wasTornDown(events)) refuse('its scratch was undone');
  const ended = new Set(events.flatMap((event) => (event.type === 'process.ended' ? [event.pid] : [])));
  const finished = finishedSteps(events);
  const gone = launchedProcesses(events).find(
    (launched) => finished.has(launched.step) && !ended.has(launched.pid) && !isRunning(launched),
  );
  if (gone) refuse(`its ${gone.role} (process ${gone.pid}) is not running any more`);
}

/** Also when that was only begun. A resumed run undoes the step that it takes again before any step is taken: that is none. */
function wasTornDown(events: readonly JournalEvent[]): boolean {
  const sitting = events.findLastIndex(({ type }) => type === 'run.started' || type === 'run.resumed');
  const since = events.slice(sitting + 1);
  const firstStep = since.findIndex(({ type }) => type === 'step.started' || type === 'step.finished');
  const lastUndo = since.findLastIndex(({ type }) => type === 'undo.started');
  const ended = since.some(({ type }) => type === 'run.finished');
  const kept = since.some(({ type }) => type === 'scratch.kept');
  return (ended && !kept) || (lastUndo > firstStep && firstStep >= 0);
}
