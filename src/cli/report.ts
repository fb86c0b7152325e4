import type { Command } from 'commander';
import { readJournal } from '../engine/journal.ts';
import { readRunRecord } from '../engine/run-record.ts';
import { runLayout } from '../model/layout.ts';
import { writeReports } from '../../reporters/index.ts';
import { archiveRun, readHistory } from './archive.ts';
import { findRun } from './runs.ts';

export function addReport(program: Command): void {
  program
    .command('report')
    .argument('<run>', 'run id, its folder, or "last"')
    .description('write the reports of a run again, from its journal')
    .option('--archive', 'publish the run again too, beside what the archive has of it')
    .addHelpText('after', '\nExamples:\n  muster report last\n  muster report last --archive')
    .action(async (run: string, { archive }: { archive?: boolean }) => {
      const runDir = findRun(run);
      const layout = runLayout(runDir);
      const { config } = readRunRecord(runDir);
      const history = await writeReports({
        runDir,
        events: readJournal(layout.journal),
        history: await readHistory(config),
      });
      const complain = (line: string) => void process.stderr.write(`${line}\n`);
      if (archive) await archiveRun({ runDir, config, history, complain });
      process.stdout.write(`${layout.report}\n`);
    });
}
