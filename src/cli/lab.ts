import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { findScratchHolder } from '../engine/lock.ts';
import { DrillError } from '../model/errors.ts';
import { makeLabNetwork } from './lab-network.ts';
import { trapSignals } from './signals.ts';

const print = (line: string) => void process.stdout.write(`${line}\n`);

export function addLab(program: Command): void {
  const lab = program
    .command('lab')
    .description(
      'the embedded lab: a primary site in miniature, made of real servers, with backups to restore',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  muster lab up\n  muster lab status\n  muster run quarterly --config "$(muster lab status --config-file)"\n  muster lab down',
    );
  lab
    .command('up')
    .description('bring it up and leave it running')
    .option('--seed <number>', 'seed of the data', '1')
    .option('--kubernetes', 'with a real cluster, in a network of its own (needs root)')
    .action(async ({ seed, kubernetes = false }: { seed: string; kubernetes?: boolean }) => {
      if (!/^\d{1,9}$/.test(seed))
        throw new DrillError('USAGE_INVALID', `--seed must be a whole number (got "${seed}")`);
      const elsewhere = kubernetes ? await makeLabNetwork() : undefined;
      if (elsewhere !== undefined) return void (process.exitCode = elsewhere);
      using signals = trapSignals({
        first: 'stopping, then taking down what is up',
        again: 'the lab is being taken down',
      });
      const { openLab } = await import('../../lab/index.ts');
      const opened = await openLab({
        ...{ say: print, signal: signals.signal, stay: true },
        ...{ seed: Number(seed), kubernetes },
      });
      for (const line of await opened.status()) print(line);
    });
  lab
    .command('status')
    .description('what runs where')
    .option('--config-file', 'print only the path of the config that a drill on this lab needs')
    .action(async ({ configFile }: { configFile?: boolean }) => {
      const found = await requireLab();
      if (configFile) print(requireConfig(found.configFile));
      else for (const line of await found.status()) print(line);
    });
  lab
    .command('outage')
    .description('end the primary site and the primary identity provider, really')
    .action(async () =>
      print(`the primary site is gone since ${(await (await requireLab()).declareOutage()).toISOString()}`),
    );
  lab
    .command('down')
    .description('take it down and say what is left behind')
    .option('--force', 'although a run still has its scratch on it')
    .action(async ({ force }: { force?: boolean }) => {
      const found = await requireLab();
      if (!force) refuseInUse(found.scratch);
      const { refuseRemains } = await import('../../lab/index.ts');
      refuseRemains(await found.down());
      print('the lab is down, nothing is left behind');
    });
}

/** The restored copy lies in the lab's folder or in its cluster, and a drill would be left without it. */
function refuseInUse(scratch: string): void {
  const holder = findScratchHolder(scratch);
  if (holder === undefined) return;
  throw new DrillError(
    'RUN_LOCKED',
    `the lab is in use: run ${holder.run} ${holder.underWay ? 'is under way' : 'was kept, or its process died'}`,
    {
      hint: holder.underWay
        ? 'Wait for it, or stop it.'
        : `End it with \`muster undo ${holder.run}\` first; \`muster lab down --force\` takes the copy away under it.`,
    },
  );
}

/** A config is the last thing that a lab gets. */
function requireConfig(file: string): string {
  if (existsSync(file)) return file;
  throw new DrillError('USAGE_INVALID', 'the lab is not up yet', {
    hint: 'Wait for `muster lab up` to end; if it no longer runs, take its remains down with `muster lab down`.',
  });
}

async function requireLab() {
  const { findLab } = await import('../../lab/index.ts');
  const found = await findLab();
  if (found) return found;
  throw new DrillError('USAGE_INVALID', 'no lab is up', { hint: 'Bring one up with `muster lab up`.' });
}
