import type { RunSummary } from '../run-summary.ts';
import { drillKey } from './results.ts';

/** Runs that are remembered: ten years of weekly drills. */
const LONGEST = 520;
/** Runs that a report looks back on. */
const SHOWN = 40;

/** What we add to each line of Allure's history, to know whose it is. */
interface HistoryLine {
  readonly timestamp: number;
  readonly muster?: { readonly run: string; readonly drill: string };
}

/** The lines that a run is compared with: earlier runs of the same drill on the same kind of site. */
export function historyBefore(history: string, summary: RunSummary): string {
  const start = Date.parse(summary.startedAt);
  return joinLines(
    parseLines(history)
      .filter(
        ({ line }) =>
          line.muster?.drill === drillKey(summary) &&
          line.muster.run !== summary.started.run &&
          line.timestamp < start,
      )
      .slice(-SHOWN),
  );
}

/** Takes the last of `written`, the lines after a report was made, as this run's own into the history of all. */
export function addToHistory(history: string, written: string, summary: RunSummary): string {
  const own = parseLines(written).at(-1);
  if (!own) return history;
  const line = {
    ...own.line,
    timestamp: Date.parse(summary.startedAt),
    muster: { run: summary.started.run, drill: drillKey(summary) },
  };
  return mergeHistories(history, `${JSON.stringify(line)}\n`);
}

/** All lines of both, oldest first, one per run: those of `newer` win. */
export function mergeHistories(older: string, newer: string): string {
  const byRun = new Map(
    [...parseLines(older), ...parseLines(newer)].map((entry) => [
      entry.line.muster?.run ?? entry.text,
      entry,
    ]),
  );
  const sorted = [...byRun.values()].toSorted((a, b) => a.line.timestamp - b.line.timestamp);
  return joinLines(sorted.slice(-LONGEST));
}

/** The line of one run. */
export function historyOf(history: string, run: string): string {
  return joinLines(parseLines(history).filter(({ line }) => line.muster?.run === run));
}

interface Entry {
  readonly text: string;
  readonly line: HistoryLine;
}

/** A line that is cut short or altered is left out: a damaged history must not take the report with it. */
function parseLines(text: string): Entry[] {
  return text.split('\n').flatMap((one) => {
    if (one.trim() === '') return [];
    try {
      return [{ text: one, line: JSON.parse(one) as HistoryLine }];
    } catch {
      return [];
    }
  });
}

function joinLines(entries: readonly Entry[]): string {
  return entries.map(({ line }) => `${JSON.stringify(line)}\n`).join('');
}
