import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import { readJournal } from '../../../src/engine/journal.ts';
import { launchedProcesses } from '../../../src/engine/left-behind.ts';
import type { ConfigInput } from '../../../src/model/config.ts';
import { minutes } from '../../../src/model/duration.ts';
import { ERRORS, type ErrorCode } from '../../../src/model/errors.ts';
import type { JournalEvent } from '../../../src/model/journal.ts';
import { isRunning } from '../../../src/support/processes.ts';
import { waitFor } from '../../../src/support/wait-for.ts';

/** Drills that are there for these tests alone. */
const OWN_DRILLS = ['recovery', 'straight-to-load', 'into-cluster', 'objects-only'];

/** What Playwright keeps of the specs for later runs. */
const TRANSFORM_CACHE = 'playwright-transform-cache';

const ROOT = path.join(import.meta.dirname, '../../..');

/** What a drill is begun on. */
export interface Ground {
  /** A folder for everything that a test makes, open to every user. */
  readonly directory: string;
  /** The lab's own config, with everything in it. */
  wholeConfig(): ConfigInput;
  /** What goes before each command, to run it in the lab's network. */
  readonly within?: readonly string[];
  /** What a drill has left where this machine does not see it. */
  leftElsewhere(config: ConfigInput): Promise<string[]>;
}

export interface AttemptOptions {
  readonly drill: string;
  readonly config: ConfigInput;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** How a command ended, and what it printed on both streams. */
export interface Ending {
  readonly exitCode: number | null;
  readonly output: string;
}

/** One drill from outside: its own config, scratch, results and temporary folder. */
export interface Attempt {
  readonly scratch: string;
  readonly child: ChildProcess;
  readonly ending: Promise<Ending>;
  /** Empty when no run was declared. */
  journal(): JournalEvent[];
  /** Resolves to the first event that fits; rejects when the drill ends without it. */
  sees(fits: (event: JournalEvent) => boolean): Promise<JournalEvent>;
  /** Another command on the same run: `undo last`. */
  muster(...args: readonly string[]): Promise<Ending>;
  /** The same, without waiting for its end: what it is follows from then on. */
  go(...args: readonly string[]): Attempt;
  /** Processes, folders, locks and records that are still there: nothing, when all is well. */
  leftovers(): Promise<string[]>;
}

/** Starts a drill with this config. The scratch is the attempt's own unless the config was given another. */
export async function begin(site: Ground, { drill, config, args = [], env = {} }: AttemptOptions) {
  const folder = await mkdtemp(path.join(site.directory, 'run-'));
  await chmod(folder, 0o755);
  const at = (name: string) => path.join(folder, name);
  await Promise.all(['results', 'tmp'].map((name) => mkdir(at(name))));
  // Servers that drop root put their own files there.
  await chmod(at('tmp'), 0o1777);
  const lab = site.wholeConfig();
  const { within = [] } = site;
  if (config.scratch.directory === lab.scratch.directory)
    config = { ...config, scratch: { ...config.scratch, directory: at('scratch') } };
  await writeFile(at('muster.config.yaml'), stringify(config));
  const open = (command: readonly string[]): Attempt => {
    const [program = '', ...words] = [
      ...within,
      process.execPath,
      path.join(ROOT, 'bin/muster.js'),
      ...command,
    ];
    const child = spawn(program, words, {
      cwd: folder,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? '',
        // Inherited by everything that the drill starts, so that a process without a parent is still found.
        TMPDIR: at('tmp'),
        MUSTER_RESULTS: at('results'),
        ...(OWN_DRILLS.includes(drill) && { MUSTER_DRILLS: path.join(import.meta.dirname, '../drills') }),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => void (output += chunk));
    const ending = new Promise<Ending>((resolve) =>
      child.once('close', (exitCode) => resolve({ exitCode, output })),
    );
    const attempt: Attempt = {
      scratch: config.scratch.directory ?? '',
      child,
      ending,
      journal: () => journalIn(at('results')),
      async sees(fits) {
        const seen = await waitFor(
          async () => attempt.journal().find(fits) ?? (child.exitCode === null ? undefined : 'ended'),
          { timeout: minutes(4), interval: 20 },
        );
        if (typeof seen === 'object') return seen;
        throw new Error(`the drill ended, or went on, without it:\n${output}`);
      },
      go: (...command) => open(command),
      muster: (...command) => open(command).ending,
      async leftovers() {
        return [
          ...launchedProcesses(attempt.journal())
            .filter(isRunning)
            .map(({ pid, role }) => `process ${pid} (${role})`),
          ...processesNaming(folder),
          ...[attempt.scratch, `${attempt.scratch}.lock`].filter(existsSync),
          ...(await readdir(at('tmp')))
            .filter((name) => !name.startsWith(TRANSFORM_CACHE))
            .map((name) => at(`tmp/${name}`)),
          ...(await site.leftElsewhere(config)),
        ];
      },
    };
    return attempt;
  };
  return open(['run', drill, '--config', at('muster.config.yaml'), ...args]);
}

export interface Refusal {
  readonly code: ErrorCode | string;
  readonly exitCode?: number;
  /** What the message has to tell: the thing, what was seen, what was wanted, what to do. */
  readonly says: readonly (string | RegExp)[];
}

/** The drill ended with this code and words, and everything is undone. */
export async function expectRefusal(attempt: Attempt, { code, exitCode, says }: Refusal): Promise<Ending> {
  const { exitCode: seen, output } = await attempt.ending;
  expect(output).toContain(`[${code}]`);
  for (const words of says) expect(output).toMatch(words);
  expect(seen, output).toBe(exitCode ?? ERRORS[code as ErrorCode].exit);
  expect(await attempt.leftovers()).toEqual([]);
  return { exitCode: seen, output };
}

/** The same for a config or usage that is refused before anything is started. */
export async function expectNothingStarted(attempt: Attempt, refusal: Refusal): Promise<void> {
  await expectRefusal(attempt, refusal);
  expect(attempt.journal()).toEqual([]);
}

function journalIn(results: string): JournalEvent[] {
  const run = readdirSync(results, { withFileTypes: true }).find((entry) => entry.isDirectory());
  const file = run && path.join(results, run.name, 'journal.jsonl');
  return file !== undefined && existsSync(file) ? readJournal(file) : [];
}

/** Whatever has a path of this folder in its command line or environment. */
function processesNaming(folder: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    const [command = '', environment = ''] = ['cmdline', 'environ'].map((file) => {
      try {
        return readFileSync(`/proc/${pid}/${file}`, 'latin1');
      } catch {
        return '';
      }
    });
    return (command + environment).includes(folder)
      ? [`process ${pid} (${command.replaceAll('\0', ' ').trim()})`]
      : [];
  });
}
