import type { Command } from 'commander';
import { closingLines } from '../../reporters/closing-lines.ts';
import { openConsoleReporter } from '../../reporters/console.ts';
import { requireSecrets, resolveSecret } from '../config/secrets.ts';
import { undoDrill } from '../engine/run-drill.ts';
import { readRunRecord } from '../engine/run-record.ts';
import { closeRun } from './close-run.ts';
import { loadDrill } from './drills.ts';
import { enterLabNetwork } from './lab-network.ts';
import { findRun, readRun } from './runs.ts';
import { trapSignals } from './signals.ts';

export function addUndo(program: Command): void {
  program
    .command('undo')
    .argument('<run>', 'run id, its folder, or "last"')
    .description('finish the teardown of a run that was kept, that failed to clean up, or whose process died')
    .addHelpText('after', '\nExamples:\n  muster undo last\n  muster undo 2026-11-22T0412Z-quarterly-7f3a')
    .action(async (run: string) => {
      const runDir = findRun(run);
      const record = readRunRecord(runDir);
      const elsewhere = await enterLabNetwork(record.configFile);
      if (elsewhere !== undefined) return void (process.exitCode = elsewhere);
      const drill = await loadDrill(record.drill);
      using _signals = trapSignals({ first: 'undo goes on to its end', again: 'undo goes on to its end' });
      const print = (line: string) => void process.stdout.write(`${line}\n`);
      const outcome = await (async () => {
        using reporter = openConsoleReporter(print);
        const secrets = await requireSecrets(record.config).catch(() => []);
        return await undoDrill({ runDir, drill, onEvent: reporter.event, resolveSecret, secrets });
      })();
      const labLeft = record.lab ? await takeLabDown(record.lab.directory) : [];
      const { report } = await closeRun(runDir, outcome, (line) => void process.stderr.write(`${line}\n`));
      for (const line of closingLines(readRun(runDir).summary, report)) print(line);
      for (const left of labLeft) process.stderr.write(`left behind by the lab: ${left}\n`);
      // The drill's own verdict was told when it ran; this command is about the teardown alone.
      process.exitCode = outcome.exitCode === 90 || labLeft.length > 0 ? 90 : 0;
    });
}

async function takeLabDown(directory: string): Promise<readonly string[]> {
  const { findLab } = await import('../../lab/index.ts');
  const lab = await findLab(directory);
  return lab ? lab.down() : [];
}
