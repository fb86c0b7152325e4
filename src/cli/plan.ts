import type { Command } from 'commander';
import { numberSteps, planSteps } from '../engine/run-steps.ts';
import { loadConfig } from '../config/load.ts';
import { formatDuration } from '../model/duration.ts';
import { gapsIn } from '../model/claim.ts';
import { promisesOf, type Drill, type PromiseSetting } from '../model/drill.ts';
import { loadDrill } from './drills.ts';
import { effectiveObjectives } from './objectives.ts';

export function addPlan(program: Command): void {
  program
    .command('plan')
    .argument('<drill>', 'name of a drill; `muster list` shows them')
    .description('every step and the commands it would run, touching nothing')
    .option('-c, --config <file>', 'config file (default: muster.config.yaml or .ts here)')
    .addHelpText('after', '\nExample:\n  muster plan quarterly --config sites/eu.yaml')
    .action(async (name: string, options: { config?: string }) => {
      const drill = await loadDrill(name);
      const { config, file } = await loadConfig(options.config);
      const objectives = effectiveObjectives(drill, config);
      const lines = [
        `${drill.title}`,
        `  ${drill.why}`,
        `  config ${file} · RTO ${formatDuration(objectives.rto)} · RPO ${formatDuration(objectives.rpo)} · hardware tier ${objectives.tier}`,
        ...planSteps(numberSteps(drill), config).flatMap(
          ({ entry: { step, phase, number }, lines: commands }) => [
            '',
            `${String(number).padStart(2)}  ${phase.padEnd(9)}  ${step.title}  (at most ${formatDuration(step.budget)}${step.beside ? ', beside the next steps until they need it' : ''}${step.undo ? ', undone at the end' : ''})`,
            ...commands.map((line) => `      ${line}`),
            ...promisesOf(step, { config, objectives }).map((id) => `      checks ${id}`),
          ],
        ),
        ...planClaims(drill, { config, objectives }),
        '',
        'Afterwards, always: undo in reverse order, proof of clean-up, reports, archive. Nothing was touched.',
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
    });
}

function planClaims(drill: Drill, setting: PromiseSetting): string[] {
  const { claims = [] } = drill;
  const promised = numberSteps(drill).flatMap(({ step }) => promisesOf(step, setting));
  const lines = claims.flatMap((claim) => [
    `    ${claim.id}: ${claim.sentence}`,
    ...gapsIn(claim, promised).map((entry) => `      cannot be proven here: no step promises ${entry}`),
  ]);
  return claims.length === 0 ? [] : ['', 'It claims', ...lines];
}
