import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { formatDuration } from '../model/duration.ts';
import { DrillError, toDrillError } from '../model/errors.ts';
import { PROOF_FORMAT, scoreOf, type KillScore } from '../model/proof.ts';
import { isInCluster, readCatalogue, type CatalogueEntry } from '../proof/catalogue.ts';
import { describe } from '../proof/judge-entry.ts';
import type { TriedSabotage } from '../proof/prove-catalogue.ts';
import { scoreTried, type Score } from '../proof/score.ts';
import { digestOfChecks, keepProof } from './proof.ts';
import { trapSignals } from './signals.ts';
import { musterCommit, musterVersion } from '../support/version.ts';

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
      const begun = performance.now();
      // The checks that are tried, not what somebody has made of them meanwhile.
      const checksDigest = await digestOfChecks();
      const tried = await proveAll(await leaveOut(entries), Number(flags.jobs), signals.signal);
      const score = scoreTried(tried, await readCatalogue([]));
      printScore(tried, score, performance.now() - begun);
      await keepProof({
        format: PROOF_FORMAT,
        at: new Date().toISOString(),
        muster: musterVersion(),
        commit: musterCommit(),
        checksDigest,
        ...score,
      });
      process.exitCode = score.survivors.length === 0 ? 0 : 1;
    });
}

/** Says which sabotages cannot be tried on this machine. Rejects with the reason when none of them can. */
async function leaveOut(entries: readonly CatalogueEntry[]): Promise<readonly CatalogueEntry[]> {
  const others = entries.filter((entry) => !isInCluster(entry));
  if (others.length === entries.length) return entries;
  const { requireKubernetesMachine } = await import('../../lab/index.ts');
  try {
    await requireKubernetesMachine();
    return entries;
  } catch (error) {
    if (others.length === 0) throw error;
    const { message, hint = '' } = toDrillError(error);
    print(`left out: ${entries.length - others.length} sabotages in a cluster: ${message}. ${hint}`);
    return others;
  }
}

/** Those in a cluster last: both kinds of lab at once are too much for a small machine. */
async function proveAll(
  entries: readonly CatalogueEntry[],
  jobs: number,
  signal: AbortSignal,
): Promise<readonly TriedSabotage[]> {
  const [onCopies, inCluster] = [entries.filter((entry) => !isInCluster(entry)), entries.filter(isInCluster)];
  const tried: TriedSabotage[] = [];
  // With it come the lab, every step and all servers: a second that only a proof needs.
  if (onCopies.length > 0) {
    const { proveCatalogue } = await import('../proof/prove-catalogue.ts');
    const { openCopies } = await import('../proof/copies.ts');
    tried.push(...(await proveCatalogue(onCopies, { jobs, open: openCopies, signal, print })));
  }
  if (inCluster.length > 0) {
    const { proveInCluster } = await import('../proof/prove-in-cluster.ts');
    tried.push(...(await proveInCluster(inCluster, signal)));
  }
  return tried;
}

function printScore(tried: readonly TriedSabotage[], score: Score, tookMs: number): void {
  const line = (group: string, { killed, total }: KillScore) =>
    print(`${group.padEnd(14)} ${killed} of ${total} killed`);
  print('');
  for (const [group, kills] of Object.entries(score.groups)) line(group, kills);
  line('all', scoreOf(score));
  for (const { entry, judgement } of tried)
    if (!judgement.killed) print(`survivor       ${entry.name}: ${judgement.why}`);
  print(
    `in ${formatDuration(tookMs)}; every report from here on says so, and when checks have changed since`,
  );
}

function printCatalogue(entries: readonly CatalogueEntry[]): void {
  for (const { name, sabotage } of entries) {
    print(`${name.padEnd(44)} ${sabotage.title}`);
    print(`${' '.repeat(44)} caught by ${describe(sabotage.caughtBy)}`);
  }
  print(`${entries.length} sabotages in ${new Set(entries.map(({ group }) => group)).size} groups`);
}
