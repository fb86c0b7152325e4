import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import type { Check } from '../model/check.ts';
import type { Config, SecretRef } from '../model/config.ts';
import type { ExecResult, Moment, Objectives, StepContext } from '../model/drill.ts';
import { formatDuration, seconds } from '../model/duration.ts';
import { DrillError } from '../model/errors.ts';
import type { Fact, Facts } from '../model/facts.ts';
import type { JournalEvent } from '../model/journal.ts';
import { runLayout } from '../model/layout.ts';
import { isRunning, readStartTime, signalGroup, startProcess, stopProcess } from '../support/processes.ts';
import type { Redactor } from '../support/redact.ts';
import type { RunClock } from './clock.ts';
import type { Emit } from './journal.ts';
import { launchedProcesses } from './left-behind.ts';

/** What all steps of one run share. */
export interface RunState {
  readonly config: Config;
  readonly objectives: Objectives;
  readonly runDir: string;
  readonly runId: string;
  readonly lab: boolean;
  readonly outageAt: Date;
  readonly confirmed: string | null;
  readonly clock: RunClock;
  readonly redactor: Redactor;
  readonly emit: Emit;
  /** All events so far. */
  readonly events: readonly JournalEvent[];
  readonly facts: Partial<Facts>;
  readonly saveFacts: () => void;
  readonly resolveSecret: (ref: SecretRef) => Promise<string>;
}

/** The run as one step sees it. */
export function createStepContext(
  state: RunState,
  step: { id: string; number: number },
  signal: AbortSignal,
): StepContext {
  const { config, redactor, emit, facts, runDir } = state;
  const directory = runLayout(runDir).step(step.number, step.id);
  let made: Promise<unknown> | undefined;
  // Most undos, and many steps, have nothing to put there.
  const makeFolder = () => (made ??= mkdir(directory, { recursive: true }));
  let commands = 0;

  const context: StepContext = {
    signal,
    config,
    objectives: state.objectives,
    runDir,
    runId: state.runId,
    lab: state.lab,
    outageAt: state.outageAt,
    confirmed: state.confirmed,
    get(fact) {
      const value = context.find(fact);
      if (value === undefined)
        throw new DrillError('HARNESS_BUG', `fact "${fact}" was promised but never set`);
      return value;
    },
    find<K extends Fact>(fact: K): Facts[K] | undefined {
      return facts[fact];
    },
    set(fact, value) {
      facts[fact] = value;
      state.saveFacts();
      emit({ type: 'fact', fact });
    },
    check(check: Check) {
      emit({ type: 'check', step: step.id, check });
    },
    metric(metric) {
      emit({ type: 'metric', step: step.id, metric });
    },
    mark(moment: Moment, at = process.hrtime.bigint()) {
      const sinceDeclaredMs = Math.round(state.clock.sinceDeclared(at));
      emit({ type: 'moment', moment, sinceDeclaredMs });
      if (moment === 'first-verified-message') context.check(judgeRto(sinceDeclaredMs, state.objectives.rto));
    },
    progress(message) {
      emit({ type: 'step.progress', step: step.id, message });
    },
    async attach(name, body) {
      await makeFolder();
      const file = path.join(directory, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, typeof body === 'string' ? redactor.redact(body) : body);
      const relative = path.relative(runDir, file);
      emit({ type: 'evidence', step: step.id, file: relative });
      return relative;
    },
    async secret(ref) {
      const value = await state.resolveSecret(ref);
      redactor.add(value);
      return value;
    },
    hide: (value) => redactor.add(value),
    exec,
    async launch({ role, command, args, env = {}, cwd, listen }) {
      await makeFolder();
      // Work that goes on after it was given up on must not start what undo has already looked for.
      signal.throwIfAborted();
      const logFile = path.join(directory, `${role.replaceAll(/[^a-z0-9]+/gi, '-')}.log`);
      const running = await startProcess({
        command,
        args,
        env,
        listen,
        logFile,
        // It may be kept when this process ends. While a step runs, its budget keeps this process alive.
        detached: true,
        ...(cwd !== undefined && { cwd }),
      });
      const { pid, startTime } = running;
      emit({ type: 'process.started', step: step.id, role, pid, startTime });
      // One that ends by itself while its step is at work has done what it was for; later, it has died.
      void running.ended.then(() => {
        if (isUnderWay(state.events, step.id)) emit({ type: 'process.ended', pid, role });
      });
      return { pid, startTime, ended: running.ended, logFile };
    },
    async endLaunched(role) {
      for (const launched of launchedProcesses(state.events).toReversed()) {
        if (launched.role !== role || !isRunning(launched)) continue;
        await stopProcess(launched);
        emit({ type: 'process.ended', pid: launched.pid, role });
      }
    },
    created: (resource) => void emit({ type: 'resource.created', step: step.id, resource }),
    removed: (resource) => void emit({ type: 'resource.removed', step: step.id, resource }),
  };
  return context;

  async function exec(
    command: string,
    args: readonly string[],
    options: Parameters<StepContext['exec']>[2] = {},
  ): Promise<ExecResult> {
    await makeFolder();
    signal.throwIfAborted();
    const { env = {}, cwd, accept = [], input, keep = (output) => output, as } = options;
    const shown = [path.basename(command), ...args].map((word) => quote(redactor.redact(word))).join(' ');
    const prefix = `${String(++commands).padStart(2, '0')}-${path.basename(command)}`;
    await appendFile(path.join(directory, 'command.txt'), `${shown}\n`);
    const started = performance.now();
    const running = execa(command, args, {
      env,
      ...(cwd !== undefined && { cwd }),
      ...(typeof input === 'string' && { input }),
      ...(typeof input === 'object' && { input: input as import('node:stream').Readable }),
      ...(as && { uid: as.uid, gid: as.gid }),
      // A process group of its own: Ctrl-C in the terminal reaches us alone, and never a command of an undo.
      detached: true,
      cancelSignal: signal,
      forceKillAfterDelay: seconds(5),
      reject: false,
      stripFinalNewline: false,
      maxBuffer: 64 * 1024 * 1024,
    });
    const result = await follow(running.pid, path.basename(command), running);
    const durationMs = Math.round(performance.now() - started);
    const stdout = String(result.stdout ?? '');
    const stderr = String(result.stderr ?? '');
    const complaints = keep(stderr);
    for (const [stream, text] of [
      ['stdout', keep(stdout)],
      ['stderr', complaints],
    ] as const) {
      if (text !== '')
        await writeFile(path.join(directory, `${prefix}.${stream}.log`), redactor.redact(text));
    }
    const exitCode = result.exitCode ?? -1;
    emit({ type: 'command', step: step.id, command: shown, exitCode, durationMs });
    signal.throwIfAborted();
    if (exitCode !== 0 && !accept.includes(exitCode)) {
      const why =
        complaints.split('\n').find((line) => /error|fatal|fail/i.test(line)) ??
        complaints.trim().split('\n').at(-1);
      throw new DrillError(
        'COMMAND_FAILED',
        `${path.basename(command)} failed with ${result.exitCode === undefined ? (result.signal ?? 'no exit code') : `exit code ${exitCode}`} after ${formatDuration(durationMs)}`,
        {
          cause:
            result.exitCode === undefined ? result : new Error(redactor.redact(why ?? 'it printed nothing')),
          details: {
            command: shown,
            output: path.relative(runDir, path.join(directory, `${prefix}.stderr.log`)),
          },
        },
      );
    }
    return { exitCode, stdout, stderr };
  }

  /** Writes a command's process down, so that undo finds it when we die before it does. */
  async function follow<T>(pid: number | undefined, role: string, ended: PromiseLike<T>): Promise<T> {
    const startTime = pid === undefined ? undefined : readStartTime(pid);
    if (pid === undefined || startTime === undefined) return ended;
    emit({ type: 'process.started', step: step.id, role, pid, startTime });
    const endGroup = () => signalGroup(pid, 'SIGTERM');
    signal.addEventListener('abort', endGroup, { once: true });
    const result = await ended;
    signal.removeEventListener('abort', endGroup);
    if (signal.aborted) signalGroup(pid, 'SIGKILL');
    emit({ type: 'process.ended', pid, role });
    return result;
  }
}

function isUnderWay(events: readonly JournalEvent[], step: string): boolean {
  const last = events.findLast(
    (event) => (event.type === 'step.started' || event.type === 'step.finished') && event.step === step,
  );
  return last?.type === 'step.started';
}

function judgeRto(measured: number, objective: number): Check {
  const late = measured - objective;
  return {
    id: 'objective.rto',
    claim: 'A user has sent and received a first message within the RTO',
    verdict: late <= 0 ? 'passed' : 'missed',
    expected: `at most ${formatDuration(objective)} after the drill was declared`,
    seen: `${formatDuration(measured)} after the drill was declared${late > 0 ? `, ${formatDuration(late)} too late` : ''}`,
    ...(late > 0 && { code: 'RTO_MISSED' }),
    metric: {
      key: 'rto_seconds',
      value: measured / 1000,
      unit: 's',
      limit: objective / 1000,
      better: 'lower',
    },
  };
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
