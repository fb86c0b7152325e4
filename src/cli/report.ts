import type { Command } from 'commander';
import { readJournal } from '../engine/journal.ts';
import { readRunRecord } from '../engine/run-record.ts';
import { runLayout } from '../model/layout.ts';
import { writeReports } from '../../reporters/index.ts';
import { readHistory } from './archive.ts';
import { findRun } from './runs.ts';

export function addReport(program: Command): void {
  program
    .command('report')
    .argument('<run>', 'run id, its folder, or "last"')
    .description('write the reports of a run again, from its journal')
    .addHelpText('after', '\nExample:\n  muster report last')
    .action(async (run: string) => {
      const runDir = findRun(run);
      const layout = runLayout(runDir);
      await writeReports({
        runDir,
        events: readJournal(layout.journal),
        history: await readHistory(readRunRecord(runDir).config),
      });
      process.stdout.write(`${layout.report}\n`);
    });
}
