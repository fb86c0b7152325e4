import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { DrillError } from '../model/errors.ts';
import { readCatalogue, type CatalogueEntry } from '../proof/catalogue.ts';
import { describe } from '../proof/judge-entry.ts';
import { prove } from '../proof/prove-catalogue.ts';
import { trapSignals } from './signals.ts';

interface ProveFlags {
  readonly only: readonly string[];
  readonly jobs: string;
  readonly list?: boolean;
}

const print = (line: string) => void process.stdout.write(`${line}\n`);

export function addProve(program: Command): void {
  program
    .command('prove')
    .description(
      'damage copies of the lab one way after the other, and demand that the drill says so each time',
    )
    .option(
      '--only <group>',
      'only this group or this sabotage (backups, or backups/cut-in-half); may be given again',
      (name: string, all: readonly string[]) => [...all, name],
      [],
    )
    .option('--jobs <number>', 'labs to work on at a time', String(Math.min(2, availableParallelism())))
    .option('--list', 'print the catalogue, and try nothing')
    .addHelpText(
      'after',
      `
Examples:
  muster prove                         the whole catalogue; exit 1 when a sabotage survives
  muster prove --only identity
  muster prove --only backups --only dns --jobs 1
  muster prove --list`,
    )
    .action(async (flags: ProveFlags) => {
      if (!/^[1-9]\d?$/.test(flags.jobs))
        throw new DrillError(
          'USAGE_INVALID',
          `--jobs must be a whole number from 1 on (got "${flags.jobs}")`,
        );
      const entries = await readCatalogue(flags.only);
      if (flags.list) return printCatalogue(entries);
      using signals = trapSignals({
        first: 'stopping, then taking down the labs',
        again: 'the labs are being taken down',
      });
      process.exitCode = await prove(entries, {
        jobs: Number(flags.jobs),
        whole: flags.only.length === 0,
        signal: signals.signal,
        print,
      });
    });
}

function printCatalogue(entries: readonly CatalogueEntry[]): void {
  for (const { name, sabotage } of entries) {
    print(`${name.padEnd(44)} ${sabotage.title}`);
    print(`${' '.repeat(44)} caught by ${describe(sabotage.caughtBy)}`);
  }
  print(`${entries.length} sabotages in ${new Set(entries.map(({ group }) => group)).size} groups`);
}
