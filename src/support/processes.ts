import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, readFileSync, closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DrillError } from '../model/errors.ts';
import { seconds, type Milliseconds } from '../model/duration.ts';

/** Enough to find a process again, and to know that it is still the one that we started. */
export interface ProcessRef {
  readonly pid: number;
  /** Clock ticks since boot, from /proc: a recycled pid has another. */
  readonly startTime: string;
}

export interface StartOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment; nothing is inherited but PATH, HOME, LANG and TMPDIR. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Both output streams are appended here. */
  readonly logFile: string;
  /** Outlive the process that starts it (`muster lab up`). */
  readonly detached?: boolean;
}

export interface RunningProcess extends ProcessRef {
  readonly child: ChildProcess;
  /** Resolves when the process has ended, with its exit code or signal. */
  readonly ended: Promise<string>;
}

const INHERITED = ['PATH', 'HOME', 'LANG', 'TMPDIR'];

/** Starts a long-running process. Rejects with COMMAND_FAILED when it cannot be started at all. */
export async function startProcess({
  command,
  args,
  env = {},
  cwd,
  logFile,
  detached = false,
}: StartOptions): Promise<RunningProcess> {
  const log = openSync(logFile, 'a');
  const inherited = Object.fromEntries(
    INHERITED.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
  // A process group of its own: Ctrl-C in the terminal reaches us alone, and we end children in order.
  const child = spawn(command, args, {
    stdio: ['ignore', log, log],
    cwd,
    env: { ...inherited, ...env },
    detached: true,
  });
  closeSync(log);
  const ended = new Promise<string>((resolve) =>
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`)),
  );
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) =>
      reject(new DrillError('COMMAND_FAILED', `cannot start ${command}`, { cause })),
    );
  });
  if (detached) child.unref();
  const pid = child.pid ?? 0;
  return { pid, startTime: readStartTime(pid) ?? '', child, ended };
}

/** Whether the process we once started still runs, and its pid was not given to another. */
export function isRunning({ pid, startTime }: ProcessRef): boolean {
  return startTime !== '' && readStartTime(pid) === startTime;
}

export interface StopOptions {
  /** How long to wait for a clean end before SIGKILL. */
  readonly grace?: Milliseconds;
  readonly signal?: NodeJS.Signals;
}

/** Ends a process that we started, and waits until it is gone. Does nothing when it already is. */
export async function stopProcess(
  ref: ProcessRef,
  { grace = seconds(10), signal = 'SIGTERM' }: StopOptions = {},
): Promise<void> {
  if (!isRunning(ref)) return;
  sendSignal(ref.pid, signal);
  if (await hasEnded(ref, grace)) return;
  sendSignal(ref.pid, 'SIGKILL');
  if (await hasEnded(ref, seconds(5))) return;
  throw new DrillError('TEARDOWN_INCOMPLETE', `process ${ref.pid} does not end, even by SIGKILL`, {
    hint: `Look at it with \`ps -fp ${ref.pid}\` and end it by hand.`,
  });
}

async function hasEnded(ref: ProcessRef, within: Milliseconds): Promise<boolean> {
  for (const deadline = performance.now() + within; performance.now() < deadline; await sleep(50)) {
    if (!isRunning(ref)) return true;
  }
  return !isRunning(ref);
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ESRCH') return;
    throw cause;
  }
}

/** Field 22 of /proc/PID/stat (proc(5)). Undefined when there is no such process, or only its corpse. */
export function readStartTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
