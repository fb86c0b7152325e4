import type { Command } from 'commander';
import path from 'node:path';
import { listDrills, loadDrill } from './drills.ts';
import { resultsFolder } from './project-root.ts';
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
    const { title, why } = await loadDrill(name);
    process.stdout.write(`${name.padEnd(18)} ${title}\n${' '.repeat(18)} ${why}\n`);
  }
}

function printRuns(keptOnly: boolean): void {
  const rows = listRuns().flatMap((run) => {
    const { summary } = readRun(path.join(resultsFolder, run));
    const state = summary.kept
      ? 'scratch kept'
      : summary.finished
        ? ''
        : 'not finished: under way, or its process died';
    return keptOnly && !summary.kept && summary.finished
      ? []
      : [`${run.padEnd(44)} ${summary.verdict.padEnd(12)} ${state}`.trimEnd()];
  });
  process.stdout.write(
    rows.length > 0
      ? `${rows.join('\n')}\n`
      : keptOnly
        ? 'no run keeps its scratch\n'
        : 'no drill has been run in this clone yet\n',
  );
}
