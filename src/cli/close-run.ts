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
 * evidence could not be written or archived does not exit 0. One part that fails does not take the others with it.
 */
export async function closeRun(
  runDir: string,
  outcome: Outcome,
  complain: (line: string) => void,
): Promise<ClosedRun> {
  const layout = runLayout(runDir);
  let exitCode = outcome.exitCode;
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      const known = toDrillError(error);
      complain(renderError(known));
      if (exitCode === 0) exitCode = ERRORS[known.code].exit;
      return undefined;
    }
  };

  const { config } = readRunRecord(runDir);
  const known = await attempt(() => readHistory(config));
  const history = await attempt(async () =>
    writeReports({ runDir, events: readJournal(layout.journal), history: known ?? '' }),
  );
  // An archive that could not be read a moment ago has been complained about.
  if (known !== undefined)
    await attempt(() => archiveRun({ runDir, config, history: history ?? known, complain }));
  return { report: history === undefined ? undefined : layout.report, exitCode };
}
