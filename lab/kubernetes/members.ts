import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { seconds } from '../../src/model/duration.ts';
import { DrillError } from '../../src/model/errors.ts';
import {
  isRunning,
  startProcess,
  type ProcessRef,
  type RunningProcess,
} from '../../src/support/processes.ts';
import { requireTool, type ToolName } from '../../src/support/tools.ts';
import { waitFor } from '../../src/support/wait-for.ts';
import type { LabUnderway } from '../underway.ts';

export interface MemberOptions {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What goes before it, to start it elsewhere: `nsenter …`. */
  readonly within?: readonly string[];
  /** Undefined as long as it does not serve yet. */
  ready?(): Promise<true | undefined>;
}

/** Starts the programs of one cluster, each with a log of its own, and writes them down in the lab's state. */
export interface Members {
  /** Rejects with LAB_FAILED when it ends, or does not get ready within a minute. */
  start(tool: ToolName, options: MemberOptions): Promise<ProcessRef>;
  /** The same for a program of the project's own. */
  startScript(role: string, script: string, options: MemberOptions): Promise<ProcessRef>;
}

const PATIENCE = seconds(60);

export async function openMembers(
  lab: LabUnderway,
  { name, directory, primary }: { name: string; directory: string; primary: boolean },
): Promise<Members> {
  const logs = path.join(directory, 'logs');
  await mkdir(logs, { recursive: true });
  return {
    start: async (tool, options) => launch(tool, [await requireTool(tool)], options),
    startScript: (role, script, options) => launch(role, [process.execPath, script], options),
  };

  async function launch(
    role: string,
    program: readonly string[],
    { args, env = {}, within = [], ready }: MemberOptions,
  ): Promise<ProcessRef> {
    const logFile = path.join(logs, `${role.replaceAll(' ', '-')}.log`);
    const [command = '', ...rest] = [...within, ...program, ...args];
    const running = await startProcess({ command, args: rest, env, logFile, detached: lab.stay });
    if (ready) await requireReady(role, running, ready, logFile);
    await lab.note(`${name} cluster's ${role}`, running, { primary });
    return { pid: running.pid, startTime: running.startTime };
  }

  async function requireReady(
    role: string,
    running: RunningProcess,
    ready: () => Promise<true | undefined>,
    logFile: string,
  ): Promise<void> {
    const answered = await waitFor(
      async () => (isRunning(running) ? ready().catch(() => undefined) : false),
      { timeout: PATIENCE, interval: 200, signal: lab.signal },
    );
    if (answered) return;
    const log = await readFile(logFile, 'utf8').catch(() => '');
    throw new DrillError(
      'LAB_FAILED',
      `${role} ${answered === false ? 'ended at once' : 'did not get ready within 60s'}`,
      { details: { log: log.trimEnd().split('\n').slice(-5).join(' | ') } },
    );
  }
}
