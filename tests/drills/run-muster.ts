import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import type { JournalEvent } from '../../src/model/journal.ts';
import { readJournal } from '../../src/engine/journal.ts';
import { runLayout } from '../../src/model/layout.ts';
import { readLab } from '../lab/kubernetes/support/register.ts';

const root = path.join(import.meta.dirname, '../..');

export interface MusterRun {
  readonly exitCode: number | undefined;
  readonly output: string;
  readonly runDir: string;
  readonly events: readonly JournalEvent[];
  /** Labs that it brought up and did not take down. */
  readonly labs: readonly string[];
  /** Where its results are. */
  readonly results: string;
}

/** Runs the command line as a user would, with folders of its own for results and for the register of labs. */
export async function runMuster(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<MusterRun> {
  const results = await mkdtemp(path.join(tmpdir(), 'muster-results-'));
  const labs = path.join(results, 'labs');
  await mkdir(labs);
  const { exitCode, all } = await execa('node', [path.join(root, 'bin/muster.js'), ...args], {
    env: { MUSTER_RESULTS: results, MUSTER_LABS: labs, NO_COLOR: '1', ...env },
    all: true,
    reject: false,
  });
  const [run = ''] = readdirSync(results).filter((name) => /^\d{4}-/.test(name));
  const runDir = path.join(results, run);
  return {
    exitCode,
    output: all ?? '',
    runDir,
    events: run === '' ? [] : readJournal(runLayout(runDir).journal),
    labs: readdirSync(labs),
    results,
  };
}

/** A drill on the Kubernetes lab in this register, without browsers' checks and load. */
export async function runAsFarAsFailover(labs: string, options: readonly string[] = []): Promise<MusterRun> {
  const { configFile, switchedName } = await readLab(labs);
  return runMuster(
    ['run', 'as-far-as-failover', '--config', configFile, '--confirm', switchedName, ...options],
    { MUSTER_LABS: labs, MUSTER_DRILLS: path.join(import.meta.dirname, 'drills') },
  );
}

/** Every check of a run, by id. */
export function checksOf(events: readonly JournalEvent[]) {
  return new Map(
    events.flatMap((event) => (event.type === 'check' ? [[event.check.id, event.check] as const] : [])),
  );
}
