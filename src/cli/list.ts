import type { Command } from 'commander';
import path from 'node:path';
import { toDrillError } from '../model/errors.ts';
import { listDrills, loadDrill } from './drills.ts';
import { resultsFolder } from '../support/project-root.ts';
import { listRuns, readRun } from './runs.ts';

export function addList(program: Command): void {
  program
    .command('list')
    .description('the drills that can be run, or the runs that were')
    .option('--runs', 'runs of this clone, with their verdicts')
    .option('--kept', 'only runs whose scratch still stands')
    .addHelpText('after', '\nExamples:\n  muster list\n  muster list --runs\n  muster list --kept')
    .action(async (options: { runs?: boolean; kept?: boolean }) => {
      if (options.runs || options.kept) printRuns(options.kept ?? false);
      else await printDrills();
    });
}

async function printDrills(): Promise<void> {
  for (const name of listDrills()) {
    // One that is being written must not hide the others.
    const [first, second] = await loadDrill(name).then(
      ({ title, why }) => [title, why],
      (error: unknown) => {
        const { message, cause } = toDrillError(error);
        return [message, cause instanceof Error ? cause.message : ''];
      },
    );
    process.stdout.write(`${name.padEnd(18)} ${first}\n${' '.repeat(18)} ${second}\n`);
  }
}

function printRuns(keptOnly: boolean): void {
  const rows = listRuns()
    .map((run) => ({ run, ...standingOf(run) }))
    .filter(({ stands }) => stands || !keptOnly)
    .map(({ run, verdict, state }) => `${run.padEnd(44)} ${verdict.padEnd(12)} ${state}`.trimEnd());
  const none = keptOnly ? 'no run keeps its scratch' : 'no drill has been run in this clone yet';
  process.stdout.write(`${rows.length > 0 ? rows.join('\n') : none}\n`);
}

/** What is known of a run, and whether its scratch may still stand. */
function standingOf(run: string): { verdict: string; state: string; stands: boolean } {
  try {
    const { verdict, kept, finished } = readRun(path.join(resultsFolder, run)).summary;
    const state = kept ? 'scratch kept' : finished ? '' : 'not finished: under way, or its process died';
    return { verdict, state, stands: kept || !finished };
  } catch (error) {
    const { message, code } = toDrillError(error);
    return { verdict: 'unreadable', state: `${message} [${code}]`, stands: true };
  }
}
