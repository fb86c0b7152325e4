import { copyFile, constants } from 'node:fs/promises';
import path from 'node:path';
import { Option, type Command } from 'commander';
import { DrillError } from '../model/errors.ts';
import { projectRoot } from './project-root.ts';

export const SITES = ['generic', 'aws', 'azure', 'air-gapped'] as const;

export function exampleFile(site: (typeof SITES)[number]): string {
  return path.join(projectRoot, 'examples', `${site}.yaml`);
}

export function addInit(program: Command): void {
  program
    .command('init')
    .description('write a commented config to start from; never over one that is there')
    .addOption(new Option('--site <kind>', 'what your site runs on').choices(SITES).default('generic'))
    .option('--output <file>', 'where to', 'muster.config.yaml')
    .addHelpText('after', '\nExamples:\n  muster init\n  muster init --site aws --output sites/eu.yaml')
    .action(async ({ site, output }: { site: (typeof SITES)[number]; output: string }) => {
      await copyFile(exampleFile(site), output, constants.COPYFILE_EXCL).catch((cause: unknown) => {
        throw new DrillError('USAGE_INVALID', `cannot write ${output}`, {
          cause,
          hint: 'Name another file with --output, or move the one that is there.',
        });
      });
      process.stdout.write(
        `wrote ${output}; fill it in, then \`muster plan quarterly --config ${output}\` shows what would happen, touching nothing\n`,
      );
    });
}
