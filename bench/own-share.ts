import type { JournalEvent } from '../src/model/journal.ts';
import { momentOf, stepTimes, type StepTime } from './by-muster.ts';
import { renderTable } from './statistics.ts';

export interface OwnShare {
  readonly durationMs: number;
  /** Processor time of Muster's own process: what is not spent in tools and waits. */
  readonly ownCpuMs: number;
  readonly steps: readonly {
    readonly step: string;
    readonly durationMs: number;
    readonly ownCpuMs: number;
  }[];
}

export function ownShareOf(events: readonly JournalEvent[]): OwnShare {
  const finished = events.findLast((event) => event.type === 'run.finished');
  if (finished?.type !== 'run.finished') throw new Error('the run has no end');
  const { durationMs, ownCpuMs } = finished;
  const steps = stepTimes(events).map(({ step, from, to, ownCpuMs }) => ({
    step,
    durationMs: to - from,
    ownCpuMs,
  }));
  return { durationMs, ownCpuMs, steps };
}

export function describeOwnShare(name: string, { durationMs, ownCpuMs, steps }: OwnShare): string {
  const row = (what: string, took: number, own: number) => [
    what,
    (took / 1000).toFixed(1),
    (own / 1000).toFixed(2),
    took > 0 ? `${((100 * own) / took).toFixed(1)} %` : '',
  ];
  return renderTable(
    [name, 'seconds', 'own code', 'share'],
    [
      ...steps.map(({ step, ...times }) => row(step, times.durationMs, times.ownCpuMs)),
      row('the drill, undo included', durationMs, ownCpuMs),
    ],
  );
}

export interface CriticalPath {
  /** Milliseconds from the declaration to the first verified message. */
  readonly totalMs: number;
  readonly parts: readonly { readonly part: string; readonly ms: number }[];
}

/**
 * From the end backwards: each step waited for the one that had ended last before it began, whatever else was at work
 * beside that. The last one is shown by what it said it was doing.
 */
export function criticalPathOf(events: readonly JournalEvent[]): CriticalPath {
  const totalMs = momentOf(events, 'first-verified-message');
  const path: StepTime[] = [];
  const steps = stepTimes(events).filter(({ from }) => from < totalMs);
  for (let next = steps.at(-1); next !== undefined;) {
    path.unshift(next);
    const { from } = next;
    next = steps.filter(({ to }) => to <= from).at(-1);
  }
  const parts = path.flatMap(({ step, from, to }) =>
    to <= totalMs ? [{ part: step, ms: to - from }] : stagesOf(events, step, from, totalMs),
  );
  const between = totalMs - parts.reduce((sum, { ms }) => sum + ms, 0);
  return { totalMs, parts: [...parts, { part: 'between steps', ms: between }] };
}

function stagesOf(events: readonly JournalEvent[], step: string, from: number, to: number) {
  const said = events.flatMap((event) =>
    event.type === 'step.progress' && event.step === step && event.elapsedMs < to
      ? [{ at: event.elapsedMs, message: event.message }]
      : [],
  );
  const stages = [{ at: from, message: 'before anything is said' }, ...said];
  return stages.map(({ at, message }, index) => ({
    part: `${step}: ${message}`,
    ms: (stages[index + 1]?.at ?? to) - at,
  }));
}

export function describeCriticalPath({ totalMs, parts }: CriticalPath): string {
  const row = (part: string, ms: number) => [
    part,
    (ms / 1000).toFixed(1),
    `${((100 * ms) / totalMs).toFixed(0)} %`,
  ];
  return renderTable(
    ['declared → first verified message', 'seconds', 'share'],
    [...parts.filter(({ ms }) => ms >= 50).map(({ part, ms }) => row(part, ms)), row('together', totalMs)],
  );
}
