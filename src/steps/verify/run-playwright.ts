import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { seconds } from '../../model/duration.ts';
import { processIds } from '../../support/processes.ts';
import type { ReporterMessage } from './messages.ts';

export interface PlaywrightOptions {
  readonly suite: string;
  /** Ids of checks; none but these are made. */
  readonly only?: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Both output streams go here. */
  readonly logFile: string;
  readonly signal: AbortSignal;
  onMessage(message: ReporterMessage): void;
}

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));

/** The command that runs a suite, or these checks of it, as people would type it. */
export function playwrightArgs(suite: string, only?: readonly string[]): readonly string[] {
  const wanted = only === undefined ? `@${suite}\\b` : `@(${only.map(literally).join('|')})(?!\\S)`;
  return ['test', '--config', 'playwright.config.ts', '--grep', wanted];
}

const literally = (id: string): string => id.replaceAll(/[.+*?^$()[\]{}|\\]/g, '\\$&');

/**
 * Runs a suite to its end and resolves to Playwright's exit code. On abort Playwright is interrupted, so that it
 * closes its browsers; then whatever it started is ended, because its workers outlive it when it dies otherwise.
 */
export async function runPlaywright({
  suite,
  only,
  env,
  logFile,
  signal,
  onMessage,
}: PlaywrightOptions): Promise<number | null> {
  signal.throwIfAborted();
  const cli = createRequire(import.meta.url).resolve('@playwright/test/cli');
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [cli, ...playwrightArgs(suite, only)], {
    cwd: PROJECT,
    env: { ...withoutProxies(process.env), ...env },
    stdio: ['ignore', log, log, 'ipc'],
    // A process group of its own: Ctrl-C in the terminal reaches us alone, and all of it can be ended at once.
    detached: true,
  });
  closeSync(log);
  child.on('message', (message) => onMessage(message as ReporterMessage));

  const interrupt = async (): Promise<void> => {
    child.kill('SIGINT');
    await sleep(seconds(8), undefined, { ref: false });
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  };
  const onAbort = (): void => void interrupt();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  } finally {
    signal.removeEventListener('abort', onAbort);
    if (child.pid !== undefined) await endGroups(child.pid, env);
  }
}

/** Ends what is left of the run: its own process group, and browsers, which have groups of their own. */
async function endGroups(group: number, env: PlaywrightOptions['env']): Promise<void> {
  for (const pid of await findByEnvironment('MUSTER_RUN_TOKEN', env['MUSTER_RUN_TOKEN'] ?? '')) tryKill(pid);
  tryKill(-group);
}

/** Ends what a process of ours that died has left of a run: Playwright, its workers and their browsers. */
export async function endPlaywright(runDir: string): Promise<void> {
  for (const pid of await findByEnvironment('MUSTER_RUN', runDir)) tryKill(pid);
}

/** Processes that inherited this variable with this value: a token of one run cannot belong to anybody else's. */
async function findByEnvironment(name: string, value: string): Promise<readonly number[]> {
  if (value === '') return [];
  const pids = processIds().filter((pid) => pid !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      return text.split('\0').includes(`${name}=${value}`) ? [pid] : [];
    }),
  );
  return found.flat();
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Clients must go where the drill's own proxy sends them. */
function withoutProxies(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(https?|all|no)_proxy$/i.test(name)));
}
