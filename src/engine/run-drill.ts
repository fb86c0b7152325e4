import { mkdirSync, writeFileSync } from 'node:fs';
import { promisesOf, type Drill } from '../model/drill.ts';
import type { Facts } from '../model/facts.ts';
import { JOURNAL_FORMAT, type JournalBody, type JournalEvent } from '../model/journal.ts';
import { runLayout } from '../model/layout.ts';
import { DrillError } from '../model/errors.ts';
import { isRunning, stopProcess } from '../support/processes.ts';
import { createRedactor } from '../support/redact.ts';
import { continueClock } from './clock.ts';
import { openJournal, readJournal } from './journal.ts';
import { findLeftBehind, launchedProcesses } from './left-behind.ts';
import { lockScratch } from './lock.ts';
import { judge, type Outcome } from './outcome.ts';
import { readFacts, readRunRecord, writeRunRecord, type RunRecord } from './run-record.ts';
import { finishedSteps, numberSteps, runSteps, undoSteps } from './run-steps.ts';
import type { RunState } from './step-context.ts';

export interface RunDrillOptions {
  readonly runDir: string;
  readonly drill: Drill;
  readonly signal: AbortSignal;
  readonly onEvent: (event: JournalEvent) => void;
  readonly resolveSecret: RunState['resolveSecret'];
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
  using _lock = lockScratch(record.config.scratch.directory, record.run);
  mkdirSync(runDir, { recursive: true });
  writeRunRecord(runDir, record);
  return carryOn(options, [], {
    type: 'run.started',
    format: JOURNAL_FORMAT,
    run: record.run,
    drill: { name: record.drill, title: drill.title, why: drill.why },
    objectives: record.objectives,
    application: record.config.application.kind === 'stand-in' ? 'stand-in' : 'official',
    lab: record.lab !== null,
    outageAt: record.outageAt,
    machine: record.machine,
    muster: record.muster,
    commit: record.commit,
    reason: options.reason,
    operator: options.operator,
    participants: options.participants,
    steps: numberSteps(drill, record.only ?? undefined).map(({ step, phase }) => ({
      id: step.id,
      title: step.title,
      phase,
      promises: promisesOf(step, record),
    })),
  });
}

/**
 * Goes on with a run that was kept, or whose process died, at the first step that is not finished. The RTO clock has
 * kept running. Rejects with RUN_NOT_RESUMABLE when what earlier steps started is not there any more.
 */
export async function resumeDrill(options: RunDrillOptions): Promise<Outcome> {
  const { runDir } = options;
  const record = readRunRecord(runDir);
  const events = readJournal(runLayout(runDir).journal);
  requireResumable(record.run, events);
  using _lock = lockScratch(record.config.scratch.directory, record.run);
  const lastAt = events.at(-1)?.at ?? record.declaredAt;
  return carryOn(options, events, { type: 'run.resumed', handsOffMs: Date.now() - Date.parse(lastAt) });
}

/** Finishes the teardown of a run: after `--keep-scratch`, a crash, or an undo that failed. */
export async function undoDrill({
  runDir,
  drill,
  onEvent,
  resolveSecret,
}: Omit<RunDrillOptions, 'signal' | 'keepScratch'>): Promise<Outcome> {
  const record = readRunRecord(runDir);
  const earlier = readJournal(runLayout(runDir).journal);
  using _lock = lockScratch(record.config.scratch.directory, record.run);
  const { state, journal } = openState({ runDir, onEvent, resolveSecret }, record, earlier);
  using _journal = journal;
  const begun = process.cpuUsage();
  await undoSteps(numberSteps(drill, record.only ?? undefined), state);
  await endStragglers(state);
  return finish(state, begun);
}

async function carryOn(
  options: RunDrillOptions,
  earlier: readonly JournalEvent[],
  first: JournalBody,
): Promise<Outcome> {
  const { runDir, drill, signal, keepScratch = false } = options;
  const record = readRunRecord(runDir);
  const { state, journal } = openState(options, record, earlier);
  using _journal = journal;
  const begun = process.cpuUsage();
  state.emit(first);
  if (earlier.length === 0) state.emit({ type: 'moment', moment: 'declared', sinceDeclaredMs: 0 });

  const steps = numberSteps(drill, record.only ?? undefined);
  await runSteps(steps, state, { signal, finished: finishedSteps(earlier) });
  if (keepScratch) state.emit({ type: 'scratch.kept' });
  else {
    await undoSteps(steps, state);
    await endStragglers(state);
  }
  return finish(state, begun, keepScratch);
}

function openState(
  { runDir, onEvent, resolveSecret }: Pick<RunDrillOptions, 'runDir' | 'onEvent' | 'resolveSecret'>,
  record: RunRecord,
  earlier: readonly JournalEvent[],
) {
  const layout = runLayout(runDir);
  const redactor = createRedactor();
  const clock = continueClock({
    declaredAt: new Date(record.declaredAt),
    bootId: record.machine.bootId,
    declaredTick: BigInt(record.declaredTick),
  });
  const events = [...earlier];
  const journal = openJournal({
    file: layout.journal,
    redactor,
    earlier,
    elapsed: () => clock.sinceDeclared(),
    onEvent: (event) => {
      events.push(event);
      onEvent(event);
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
    saveFacts: () => writeFileSync(layout.facts, `${JSON.stringify(facts, undefined, 2)}\n`),
    resolveSecret,
  };
  return { state, journal };
}

/** Whatever undo has not ended itself, last one first: found in the journal by pid and start time, and nowhere else. */
async function endStragglers(state: RunState): Promise<void> {
  for (const launched of launchedProcesses(state.events).toReversed()) {
    if (!isRunning(launched)) continue;
    await stopProcess(launched);
    state.emit({ type: 'process.ended', pid: launched.pid, role: launched.role });
  }
}

function finish(state: RunState, begun: NodeJS.CpuUsage, kept = false): Outcome {
  const leftBehind = kept ? [] : findLeftBehind(state.events);
  const outcome = judge(state.events, leftBehind);
  const { user, system } = process.cpuUsage(begun);
  state.emit({
    type: 'run.finished',
    ...outcome,
    durationMs: Math.round(state.clock.sinceDeclared()),
    ownCpuMs: Math.round((user + system) / 1000),
    leftBehind,
  });
  return outcome;
}

function requireResumable(run: string, events: readonly JournalEvent[]): void {
  const refuse = (why: string) => {
    throw new DrillError('RUN_NOT_RESUMABLE', `run ${run} cannot go on: ${why}`, {
      hint: `Clean up with \`muster undo ${run}\` and run the drill again.`,
    });
  };
  if (events.some(({ type }) => type === 'undo.started')) refuse('its scratch was undone');
  const ended = new Set(events.flatMap((event) => (event.type === 'process.ended' ? [event.pid] : [])));
  const finished = finishedSteps(events);
  const gone = launchedProcesses(events).find(
    (launched) => finished.has(launched.step) && !ended.has(launched.pid) && !isRunning(launched),
  );
  if (gone) refuse(`its ${gone.role} (process ${gone.pid}) is not running any more`);
}
