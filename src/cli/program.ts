import { Command } from 'commander';
import { addBaseline } from './baseline.ts';
import { addCanary } from './canary.ts';
import { addDoctor } from './doctor-command.ts';
import { addInit } from './init.ts';
import { addLab } from './lab.ts';
import { addList } from './list.ts';
import { addPlan } from './plan.ts';
import { addProve } from './prove.ts';
import { addReport } from './report.ts';
import { addRun } from './run.ts';
import { addUndo } from './undo.ts';
import { addVerify } from './verify.ts';
import { musterVersion } from '../support/version.ts';
import { addWaive } from './waive.ts';

/** All verbs, each from its file, with the help that docs/cli.md is made of. */
export function createProgram(): Command {
  const program = new Command('muster')
    .description(
      'Rehearses the recovery of a Mattermost site and proves, with evidence, what came back and how fast.',
    )
    .version(musterVersion())
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  muster run quarterly --lab             rehearse on the embedded lab; needs nothing but this clone
  muster init                            write a commented muster.config.yaml for your site
  muster plan quarterly                  every step and command, touching nothing
  muster run quarterly                   the drill, on your backups
  muster undo 2026-11-22T0412Z-quarterly-7f3a

Exit codes: 0 passed, 1 missed, 2 unverified, 64 usage or config, 80-89 broken environment,
            90 undo incomplete, 99 a bug in Muster, 130 interrupted (docs/errors.md)`,
    );

  for (const add of [
    addRun,
    addPlan,
    addList,
    addUndo,
    addProve,
    addReport,
    addVerify,
    addDoctor,
    addLab,
    addCanary,
    addWaive,
    addBaseline,
    addInit,
  ])
    add(program);

  return program;
}
