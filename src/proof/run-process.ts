import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { DrillProcess } from '../../lab/sabotages/sabotage.ts';
import { readJournal } from '../engine/journal.ts';
import { judge } from '../engine/outcome.ts';
import type { RunRecord } from '../engine/run-record.ts';
import { minutes } from '../model/duration.ts';
import type { JournalEvent } from '../model/journal.ts';
import { runLayout } from '../model/layout.ts';
import type { Verdict } from '../model/verdict.ts';
import { isRunning, startProcess, stopProcess } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';
import type { ProcessOrder } from './drill-process.ts';

const SABOTAGES = path.join(import.meta.dirname, '../../lab/sabotages');

export interface ProcessOptions extends DrillProcess {
  readonly folder: string;
  readonly record: RunRecord;
  readonly signal: AbortSignal;
}

/** Runs the drill `backups` in a process of its own, and judges it by the journal that it leaves, as anybody would. */
export async function runProcess({
  folder,
  record,
  preload,
  killedAt,
  signal,
}: ProcessOptions): Promise<{ events: readonly JournalEvent[]; verdict: Verdict }> {
  const runDir = path.join(folder, 'run');
  const order = path.join(folder, 'order.json');
  await writeFile(order, JSON.stringify({ runDir, record } satisfies ProcessOrder));
  const running = await startProcess({
    command: process.execPath,
    args: [
      ...(preload === undefined ? [] : ['--import', path.join(SABOTAGES, preload)]),
      path.join(import.meta.dirname, 'drill-process.ts'),
      order,
    ],
    logFile: path.join(folder, 'process.log'),
  });
  const journal = () => {
    try {
      return readJournal(runLayout(runDir).journal);
    } catch {
      return [];
    }
  };
  await waitFor(
    async () => (!isRunning(running) || journal().some(({ type }) => type === killedAt) ? true : undefined),
    { timeout: minutes(2), interval: 5, signal },
  );
  await stopProcess(running, { signal: 'SIGKILL' });
  const events = journal();
  return { events, verdict: judge(events, []).verdict };
}
