import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
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
  /** Listened on for it: it is given the socket as file descriptor 3. */
  readonly listen?: { readonly address: string; readonly port: number } | undefined;
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

/**
 * Starts a long-running process. Rejects with COMMAND_FAILED when it cannot be started at all, and with PORT_TAKEN when
 * what it is to listen on is taken.
 */
export async function startProcess({
  command,
  args,
  env = {},
  cwd,
  listen,
  logFile,
  detached = false,
}: StartOptions): Promise<RunningProcess> {
  const listener = listen && (await listenOn(listen));
  const log = openSync(logFile, 'a');
  const inherited = Object.fromEntries(
    INHERITED.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
  // A process group of its own: Ctrl-C in the terminal reaches us alone, and we end children in order.
  const child = spawn(command, args, {
    stdio: ['ignore', log, log, ...(listener ? [descriptorOf(listener)] : [])],
    cwd,
    env: { ...inherited, ...env },
    detached: true,
  });
  closeSync(log);
  listener?.close();
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

/** Node tells it of no server, and takes nothing else of one for a child's file descriptor. */
function descriptorOf(server: Server): number {
  return (server as Server & { readonly _handle: { readonly fd: number } })._handle.fd;
}

async function listenOn({ address, port }: NonNullable<StartOptions['listen']>): Promise<Server> {
  const server = createServer();
  server.listen(port, address);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new DrillError('PORT_TAKEN', `cannot listen on ${address}:${port}`, {
      cause,
      hint: `Look for who does with \`ss -ltnp 'sport = :${port}'\`.`,
    });
  }
  return server;
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

/**
 * Ends a process that we started and what it has started in its session, and waits until all are gone. Does nothing
 * when it has already ended. Throws TEARDOWN_INCOMPLETE.
 */
export async function stopProcess(
  ref: ProcessRef,
  { grace = seconds(10), signal = 'SIGTERM' }: StopOptions = {},
): Promise<void> {
  if (!isRunning(ref)) return;
  // While its leader lives, nobody else can have this session's number.
  const children = findSession(ref.pid);
  await endOne(ref, signal, grace);
  for (const child of children.filter(isRunning)) await endOne(child, signal, seconds(1));
}

async function endOne(ref: ProcessRef, signal: NodeJS.Signals, grace: Milliseconds): Promise<void> {
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

/** To all of a process group that we started, when any of it is left. */
export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  sendSignal(-leader, signal);
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ESRCH') return;
    throw cause;
  }
}

/** Of all processes that there are now. */
export function processIds(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0);
}

/** Field 22 of /proc/PID/stat (proc(5)). Undefined when there is no such process, or only its corpse. */
export function readStartTime(pid: number): string | undefined {
  return readStat(pid)?.startTime;
}

/** Processes whose output goes to a file in this folder: so is found what was started and never written down. */
export function findWritingInto(directory: string): ProcessRef[] {
  return processIds().flatMap((pid) => {
    const startTime = outputOf(pid).startsWith(directory + path.sep) && readStartTime(pid);
    return startTime ? [{ pid, startTime }] : [];
  });
}

function outputOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/1`);
  } catch {
    // It has ended, or is somebody else's.
    return '';
  }
}

/** The other processes of the session that this process leads. */
export function findSession(leader: number): ProcessRef[] {
  return processIds().flatMap((pid) => {
    const stat = pid === leader ? undefined : readStat(pid);
    return stat?.session === leader ? [{ pid, startTime: stat.startTime }] : [];
  });
}

/** The namespace of this kind (`net`) that a process is in; undefined when it is gone or not ours to ask. */
export function readNamespace(pid: number, kind: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    return undefined;
  }
}

/** What a process was started with (proc_pid_environ(5)). Throws when it is gone or not ours to ask. */
export function readEnvironment(pid: number): Readonly<Record<string, string>> {
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return Object.fromEntries(
    entries.flatMap((entry) => {
      const equals = entry.indexOf('=');
      return equals === -1 ? [] : [[entry.slice(0, equals), entry.slice(equals + 1)]];
    }),
  );
}

function readStat(pid: number): { session: number; startTime: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in brackets, may hold anything; after it come fields 3, 4, 5 …
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return { session: Number(fields[3]), startTime: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}
