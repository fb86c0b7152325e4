import { mkdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import type { Check, Metric } from '../../src/model/check.ts';
import { configSchema, type ConfigInput } from '../../src/model/config.ts';
import type { ExecOptions, Moment, Objectives, Resource, Step, StepContext } from '../../src/model/drill.ts';
import { hours } from '../../src/model/duration.ts';
import { DrillError } from '../../src/model/errors.ts';
import type { Fact, Facts } from '../../src/model/facts.ts';
import { startProcess, stopProcess, type RunningProcess } from '../../src/support/processes.ts';
import { minimalConfig } from '../config/minimal-config.ts';

export interface TestContextOptions {
  /** Merged over a minimal valid configuration, section by section. */
  readonly config?: Partial<ConfigInput>;
  readonly facts?: Partial<Facts>;
  readonly outageAt?: Date;
  readonly confirmed?: string;
  readonly objectives?: Partial<Objectives>;
  readonly signal?: AbortSignal;
}

/** What a step said and did, for tests to look at. */
export interface TestContext extends StepContext, AsyncDisposable {
  /** A folder of this context alone, open to every user; the scratch lies in it. */
  readonly directory: string;
  readonly facts: Partial<Facts>;
  readonly checks: Check[];
  readonly metrics: Metric[];
  readonly moments: Moment[];
  readonly messages: string[];
  readonly commands: string[];
  readonly hidden: string[];
  /** What was created and is not removed yet: `folder /tmp/…`. */
  readonly resources: Set<string>;
  readonly attachments: Map<string, string>;
  checkOf(id: string): Check;
}

/** A real, minimal context: commands are run and processes started, nothing is written to a journal. */
export async function openStepContext(options: TestContextOptions = {}): Promise<TestContext> {
  const directory = await mkdtemp(path.join(tmpdir(), 'muster-step-'), { encoding: 'utf8' });
  await execa('chmod', ['755', directory]);
  const runDir = path.join(directory, 'run');
  mkdirSync(runDir);
  const launched: { role: string; process: RunningProcess }[] = [];
  const facts: Partial<Facts> = { network: UNSEALED, ...options.facts };
  const log = {
    checks: [] as Check[],
    metrics: [] as Metric[],
    moments: [] as Moment[],
    messages: [] as string[],
    commands: [] as string[],
    hidden: [] as string[],
    resources: new Set<string>(),
    attachments: new Map<string, string>(),
  };
  const nameOf = ({ kind, name }: Resource) => `${kind} ${name}`;
  const endAll = async (wanted: (role: string) => boolean) => {
    for (const { role, process } of launched.toReversed()) if (wanted(role)) await stopProcess(process);
  };

  const context: TestContext = {
    directory,
    facts,
    ...log,
    signal: options.signal ?? new AbortController().signal,
    config: configSchema.parse({ ...minimalConfig(directory), ...options.config }),
    objectives: { rpo: hours(24), rto: hours(4), tier: 'lab', ...options.objectives },
    runDir,
    runId: '2026-11-22T0000Z-test-0000',
    lab: false,
    outageAt: options.outageAt ?? new Date(),
    confirmed: options.confirmed ?? null,
    get<K extends Fact>(fact: K): Facts[K] {
      const value = facts[fact];
      if (value === undefined) throw new DrillError('HARNESS_BUG', `fact "${fact}" was never set`);
      return value;
    },
    find: (fact) => facts[fact],
    set(fact, value) {
      facts[fact] = value;
    },
    check: (check) => void log.checks.push(check),
    checkOf(id) {
      const found = log.checks.filter((check) => check.id === id);
      if (found.length !== 1 || !found[0]) {
        throw new Error(
          `check ${id} was made ${found.length} times; made: ${log.checks.map((c) => c.id).join(' ')}`,
        );
      }
      return found[0];
    },
    metric: (metric) => void log.metrics.push(metric),
    mark: (moment) => void log.moments.push(moment),
    progress: (message) => void log.messages.push(message),
    async attach(name, body) {
      const file = path.join(runDir, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, body);
      log.attachments.set(name, body.toString());
      return name;
    },
    async secret(ref) {
      const value =
        'env' in ref ? process.env[ref.env] : (await readFile(ref.file, 'utf8')).replace(/\n$/, '');
      if (value === undefined)
        throw new DrillError('SECRET_MISSING', `secret ${JSON.stringify(ref)} is not set`);
      log.hidden.push(value);
      return value;
    },
    hide: (value) => void log.hidden.push(value),
    async exec(command, args, execOptions = {}) {
      log.commands.push([path.basename(command), ...args].join(' '));
      return runCommand(command, args, execOptions, context.signal);
    },
    async launch({ role, ...start }) {
      const logFile = path.join(runDir, `${role.replaceAll(' ', '-')}.log`);
      const process = await startProcess({ ...start, logFile });
      launched.push({ role, process });
      return { ...process, logFile };
    },
    endLaunched: (wanted) => endAll((role) => role === wanted),
    created: (resource) => void log.resources.add(nameOf(resource)),
    removed: (resource) => void log.resources.delete(nameOf(resource)),
    async [Symbol.asyncDispose]() {
      await endAll(() => true);
      await rm(directory, { recursive: true, force: true });
    },
  };
  return context;
}

/** Nothing is behind the proxy: what is asked to go through it goes nowhere. */
const UNSEALED: Facts['network'] = {
  kind: 'proxy',
  url: 'http://127.0.0.1:9',
  logFile: '/dev/null',
  why: null,
  destinations: [],
};

/** Runs steps in order and undoes them in reverse, as the engine would without its journal. */
export async function undoSteps(steps: readonly Step[], context: StepContext): Promise<void> {
  for (const step of steps.toReversed()) await step.undo?.(context);
}

async function runCommand(
  command: string,
  args: readonly string[],
  options: ExecOptions,
  cancelSignal: AbortSignal,
) {
  const { env, cwd, accept = [0], input, as } = options;
  const result = await execa(command, [...args], {
    reject: false,
    cancelSignal,
    ...(env && { env }),
    ...(cwd && { cwd }),
    ...(typeof input === 'string' ? { input } : {}),
    ...(input !== undefined && typeof input !== 'string' ? { input: input as never } : {}),
    ...as,
  });
  const exitCode = result.exitCode ?? -1;
  if (!accept.includes(exitCode)) {
    throw new DrillError('COMMAND_FAILED', `${path.basename(command)} failed with exit code ${exitCode}`, {
      cause: new Error(result.stderr || result.message),
    });
  }
  return { exitCode, stdout: result.stdout, stderr: result.stderr };
}
