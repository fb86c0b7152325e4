import type { Check, Metric } from '../src/model/check.ts';
import type { Coverage } from '../src/model/claim.ts';
import { PHASES, type Moment, type Phase, type Resource } from '../src/model/drill.ts';
import type { JournalBody, JournalEvent, RecordedError } from '../src/model/journal.ts';
import { standingChecks } from '../src/model/standing-checks.ts';
import { gravest, verdictOf, type Verdict } from '../src/model/verdict.ts';
import { coverageOf } from './claims.ts';

type Started = Extract<JournalBody, { type: 'run.started' }>;
type Finished = Extract<JournalBody, { type: 'run.finished' }>;

export interface StepSummary {
  readonly id: string;
  readonly title: string;
  readonly phase: Phase;
  readonly number: number;
  readonly outcome: 'done' | 'failed' | 'not-reached' | 'under-way';
  readonly startedAt: string | null;
  /** When it ended, or was found to be out of reach. */
  readonly finishedAt: string | null;
  readonly durationMs: number;
  readonly verdict: Verdict;
  readonly error: RecordedError | null;
  readonly reason: string | null;
  readonly checks: readonly Check[];
  readonly evidence: readonly string[];
  readonly commands: readonly CommandSummary[];
}

export interface CommandSummary {
  readonly command: string;
  readonly exitCode: number;
  readonly durationMs: number;
  /** When it ended. ISO 8601. */
  readonly at: string;
}

export interface PhaseSummary {
  readonly phase: Phase;
  readonly verdict: Verdict;
  readonly durationMs: number;
  readonly checks: Readonly<Record<Check['verdict'], number>>;
}

/** A run as reports show it, derived from the journal and nothing else. */
export interface RunSummary {
  readonly started: Started;
  readonly startedAt: string;
  readonly finished: Finished | null;
  readonly verdict: Verdict;
  readonly phases: readonly PhaseSummary[];
  readonly steps: readonly StepSummary[];
  readonly coverage: Coverage;
  /** When each check was made, by its id. ISO 8601. */
  readonly checkedAt: Readonly<Record<string, string>>;
  readonly moments: Readonly<Partial<Record<Moment, number>>>;
  readonly metrics: readonly Metric[];
  readonly undoErrors: readonly RecordedError[];
  /** Processes and things outside the run folder that the run made: what clean-up had to account for. */
  readonly made: { readonly processes: number; readonly resources: readonly Resource[] };
  readonly kept: boolean;
  /** Processor time of Muster itself as a share of the run's duration. */
  readonly ownShare: number | null;
}

/** Sums a journal up. Throws when it has no start: then there was no run. */
export function summarise(events: readonly JournalEvent[]): RunSummary {
  const first = events.find((event) => event.type === 'run.started');
  if (!first) throw new Error('the journal has no run.started event');
  const end = events.findLast(({ type }) => type === 'run.finished' || type === 'run.resumed');
  const finished = end?.type === 'run.finished' ? end : null;
  const steps = first.steps.map((step, index) => summariseStep(step, index + 1, events));
  const checks = steps.flatMap((step) => step.checks);
  const metrics = [
    ...checks.flatMap(({ metric }) => (metric ? [metric] : [])),
    ...events.flatMap((event) => (event.type === 'metric' ? [event.metric] : [])),
  ];
  return {
    started: first,
    startedAt: first.at,
    finished,
    verdict: finished?.verdict ?? 'interrupted',
    phases: PHASES.flatMap((phase) => summarisePhase(phase, steps)),
    steps,
    coverage: coverageOf(events, finished !== null),
    checkedAt: Object.fromEntries(
      events.flatMap((event) => (event.type === 'check' ? [[event.check.id, event.at]] : [])),
    ),
    moments: Object.fromEntries(
      events.flatMap((event) => (event.type === 'moment' ? [[event.moment, event.sinceDeclaredMs]] : [])),
    ),
    metrics: [...new Map(metrics.map((metric) => [metric.key, metric])).values()],
    undoErrors: lastUndoErrors(events),
    made: {
      processes: events.filter(({ type }) => type === 'process.started').length,
      resources: events.flatMap((event) => (event.type === 'resource.created' ? [event.resource] : [])),
    },
    kept: isKept(events),
    ownShare: finished ? finished.ownCpuMs / finished.durationMs : null,
  };
}

/** Kept, and not taken further or undone since: only the end of the sitting that kept it may follow. */
function isKept(events: readonly JournalEvent[]): boolean {
  const kept = events.findLastIndex(({ type }) => type === 'scratch.kept');
  const since = events.slice(kept + 1).filter(({ type }) => type !== 'coverage');
  return kept >= 0 && since.length <= 1 && since.every(({ type }) => type === 'run.finished');
}

function summariseStep(
  step: Started['steps'][number],
  number: number,
  events: readonly JournalEvent[],
): StepSummary {
  const own = events.filter((event) => 'step' in event && event.step === step.id);
  const started = own.findLast((event) => event.type === 'step.started');
  const last = own.findLast((event) => event.type === 'step.started' || event.type === 'step.finished');
  // Begun again and not ended: what its earlier try came to says nothing.
  const finished = last?.type === 'step.finished' ? last : undefined;
  const made = [...standingChecks(own).values()].map(({ check }) => check);
  // A run whose process died says nothing about the steps that it did not come to.
  const outcome = finished?.outcome ?? (started ? 'under-way' : 'not-reached');
  const reason =
    finished?.reason ?? (outcome === 'not-reached' ? 'the run ended before it came to this step' : null);
  const known = new Set(standingChecks(events).keys());
  const checks = [...made, ...unmade(step, known, reason)];
  return {
    ...step,
    number: started?.number ?? number,
    outcome,
    startedAt: started?.at ?? null,
    finishedAt: finished?.at ?? null,
    durationMs: finished?.durationMs ?? 0,
    verdict: stepVerdict(outcome, finished?.error, checks),
    error: finished?.error ?? null,
    reason,
    checks,
    evidence: own.flatMap((event) => (event.type === 'evidence' ? [event.file] : [])),
    commands: own.flatMap((event) =>
      event.type === 'command'
        ? [
            {
              command: event.command,
              exitCode: event.exitCode,
              durationMs: event.durationMs,
              at: event.at,
            },
          ]
        : [],
    ),
  };
}

/** The engine records a promise that was not kept; a process that died could not. */
function unmade(
  { id, title, promises }: Started['steps'][number],
  known: ReadonlySet<string>,
  reason: string | null,
): Check[] {
  return promises
    .filter((promise) => !known.has(promise))
    .map((promise) => ({
      id: promise,
      claim: `${promise} (promised by "${title}")`,
      verdict: 'unverified',
      expected: 'the check is made',
      seen: reason ?? `the run ended before "${id}" came to it`,
      code: reason === null ? 'NOT_MADE' : 'NOT_REACHED',
    }));
}

function stepVerdict(
  outcome: StepSummary['outcome'],
  error: RecordedError | undefined,
  checks: readonly Check[],
): Verdict {
  const verdicts: Verdict[] = checks.map(({ verdict }) => verdict);
  if (error) verdicts.push(verdictOf(error));
  if (outcome === 'under-way') verdicts.push('interrupted');
  if (outcome === 'not-reached') verdicts.push('unverified');
  return verdicts.length === 0 ? 'passed' : gravest(verdicts);
}

/** Milliseconds in which at least one of these steps was at work: some work beside each other. */
function timeCovered(steps: readonly StepSummary[]): number {
  const spans = steps
    .flatMap(({ startedAt, durationMs }) =>
      startedAt === null ? [] : [{ from: Date.parse(startedAt), to: Date.parse(startedAt) + durationMs }],
    )
    .toSorted((a, b) => a.from - b.from);
  let reached = 0;
  return spans.reduce((total, { from, to }) => {
    const added = Math.max(0, to - Math.max(from, reached));
    reached = Math.max(reached, to);
    return total + added;
  }, 0);
}

function summarisePhase(phase: Phase, all: readonly StepSummary[]): PhaseSummary[] {
  const steps = all.filter((step) => step.phase === phase);
  if (steps.length === 0) return [];
  const checks = steps.flatMap((step) => step.checks);
  const count = (verdict: Check['verdict']) => checks.filter((check) => check.verdict === verdict).length;
  return [
    {
      phase,
      verdict: gravest(steps.map(({ verdict }) => verdict)),
      durationMs: timeCovered(steps),
      checks: { passed: count('passed'), missed: count('missed'), unverified: count('unverified') },
    },
  ];
}

function lastUndoErrors(events: readonly JournalEvent[]): RecordedError[] {
  const latest = new Map<string, RecordedError | undefined>();
  for (const event of events) if (event.type === 'undo.finished') latest.set(event.step, event.error);
  return [...latest.values()].filter((error) => error !== undefined);
}

/** What undo did not take away, in words; undefined while the scratch is kept on purpose. */
export function leftBehind({ finished, kept, undoErrors }: RunSummary): string[] | undefined {
  if (kept) return undefined;
  if (!finished) return ['the run did not finish: `muster undo RUN` ends it'];
  return [...finished.leftBehind, ...undoErrors.map(({ message }) => message)];
}
