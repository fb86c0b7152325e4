import type { Outcome } from '../engine/outcome.ts';
import { readJournal } from '../engine/journal.ts';
import { readRunRecord } from '../engine/run-record.ts';
import { ERRORS, renderError, toDrillError } from '../model/errors.ts';
import { runLayout } from '../model/layout.ts';
import { writeReports } from '../../reporters/index.ts';
import { archiveRun, readHistory } from './archive.ts';

export interface ClosedRun {
  /** The report that people open. */
  readonly report: string | undefined;
  readonly exitCode: number;
}

/**
 * Writes the reports of a run and archives it. What goes wrong here never touches the verdict, but a run whose
 * evidence could not be written or archived does not exit 0.
 */
export async function closeRun(
  runDir: string,
  outcome: Outcome,
  complain: (line: string) => void,
): Promise<ClosedRun> {
  const layout = runLayout(runDir);
  const record = readRunRecord(runDir);
  try {
    const events = readJournal(layout.journal);
    await writeReports({ runDir, events, history: await readHistory(record.config) });
    await archiveRun(runDir, record.config, complain);
    return { report: layout.report, exitCode: outcome.exitCode };
  } catch (error) {
    const known = toDrillError(error);
    complain(renderError(known));
    return {
      report: undefined,
      exitCode: outcome.exitCode === 0 ? ERRORS[known.code].exit : outcome.exitCode,
    };
  }
}
