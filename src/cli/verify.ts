import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { verifyManifest } from '../../reporters/manifest.ts';
import { DrillError } from '../model/errors.ts';
import { runLayout } from '../model/layout.ts';
import { findRun } from './runs.ts';

export function addVerify(program: Command): void {
  program
    .command('verify')
    .argument('<run>', 'run id, its folder, or "last"')
    .description('whether the files of a run are still those that its manifest lists')
    .addHelpText(
      'after',
      '\nExamples:\n  muster verify last\n  muster verify /archive/2026-11-22T0412Z-quarterly-7f3a',
    )
    .action(async (run: string) => {
      const { files, problems } = await verifyManifest(requireManifest(findRun(run)));
      if (problems.length === 0) {
        process.stdout.write(`all ${files} files of ${run} are as the manifest lists them\n`);
        return;
      }
      throw new DrillError(
        'EVIDENCE_ALTERED',
        `${problems.length} of ${files} files of run ${run} differ from its manifest`,
        {
          details: Object.fromEntries(problems.map(({ file, what }) => [file, what])),
          hint: 'Compare with the archived copy before you rely on this run.',
        },
      );
    });
}

/** A run that died before its reports were written has none. */
function requireManifest(runDir: string): string {
  const { manifest } = runLayout(runDir);
  if (existsSync(manifest)) return runDir;
  throw new DrillError('EVIDENCE_ALTERED', `${manifest} is missing, so nothing can be verified`, {
    hint: 'If the run never came to its end, `muster undo RUN` cleans up and writes its reports.',
  });
}
