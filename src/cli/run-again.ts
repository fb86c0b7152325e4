import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { requireTool } from '../support/tools.ts';

/** Set for a command that was started again where it belongs. */
const AGAIN = 'MUSTER_AGAIN';

export const isRunAgain = (): boolean => process.env[AGAIN] !== undefined;

/**
 * Runs this very command again, behind another (`nsenter …`, `unshare …`), and gives its exit code. It hears of the
 * signals that we get, and does not outlive us.
 */
export async function runAgain(behind: readonly string[]): Promise<number> {
  const [command = '', ...args] = [
    ...behind,
    ...[await requireTool('setpriv'), '--pdeathsig', 'KILL', '--'],
    ...[process.execPath, ...process.execArgv, ...process.argv.slice(1)],
  ];
  // A session of its own: it gets each signal once, from us.
  const child = spawn(command, args, {
    stdio: 'inherit',
    env: { ...process.env, [AGAIN]: '1' },
    detached: true,
  });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + (signal ? constants.signals[signal] : 0);
}
