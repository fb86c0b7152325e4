import { copyFile, constants, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Option, type Command } from 'commander';
import { DrillError } from '../model/errors.ts';
import { makeKeyPair } from '../support/signature.ts';
import { projectRoot } from '../support/project-root.ts';

const SITES = ['generic', 'aws', 'azure', 'air-gapped'] as const;

function exampleFile(site: (typeof SITES)[number]): string {
  return path.join(projectRoot, 'examples', `${site}.yaml`);
}

interface InitFlags {
  readonly site: (typeof SITES)[number];
  readonly output: string;
  readonly signingKey?: string;
}

export function addInit(program: Command): void {
  program
    .command('init')
    .description(
      'write a commented config to start from, or make a key pair; never over a file that is there',
    )
    .addOption(new Option('--site <kind>', 'what your site runs on').choices(SITES).default('generic'))
    .option('--output <file>', 'where to', 'muster.config.yaml')
    .option(
      '--signing-key <file>',
      'make a key pair instead: writes the private half there, prints the public one',
    )
    .addHelpText(
      'after',
      `
Examples:
  muster init
  muster init --site aws --output sites/eu.yaml
  muster init --signing-key /etc/muster/signing.pem`,
    )
    .action(async ({ site, output, signingKey }: InitFlags) => {
      if (signingKey !== undefined) await writeKeyPair(signingKey);
      else await writeExample(site, output);
    });
}

async function writeExample(site: (typeof SITES)[number], output: string): Promise<void> {
  await copyFile(exampleFile(site), output, constants.COPYFILE_EXCL).catch((cause: unknown) => {
    throw new DrillError('USAGE_INVALID', `cannot write ${output}`, {
      cause,
      hint: 'Name another file with --output, or move the one that is there.',
    });
  });
  process.stdout.write(
    `wrote ${output}; fill it in, then \`muster plan quarterly --config ${output}\` shows what would happen, touching nothing\n`,
  );
}

async function writeKeyPair(file: string): Promise<void> {
  const { privateKey, publicKey } = makeKeyPair();
  await writeFile(file, privateKey, { mode: 0o600, flag: 'wx' }).catch((cause: unknown) => {
    throw new DrillError('USAGE_INVALID', `cannot write ${file}`, {
      cause,
      hint: 'A key is never overwritten: what it signed could not be verified any more. Name another file.',
    });
  });
  process.stdout.write(
    `wrote ${file}, the private half: keep it where nobody can read it who could change the backups. In the config:\n\nsigning:\n  publicKey: ${publicKey}\n  key: { file: ${file} } # only where something is signed\n`,
  );
}
