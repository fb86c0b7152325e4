import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, type ProcessRef } from '../../src/support/processes.ts';
import type { RunningSite } from '../sabotages/sabotage.ts';

/** For a sabotage's `site`: does something to the load generator so many milliseconds after it was started. */
export function onceLoadIsMade(
  site: RunningSite,
  afterMs: number,
  work: (generator: ProcessRef, signal: AbortSignal) => Promise<void>,
): void {
  const over = new AbortController();
  const { signal } = over;
  const watch = async () => {
    let generator: ProcessRef | undefined;
    while ((generator = site.find('load generator')) === undefined) await sleep(100, undefined, { signal });
    await sleep(afterMs, undefined, { signal });
    if (isRunning(generator)) await work(generator, signal);
  };
  const watching = watch().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  site.afterwards(async () => {
    over.abort();
    await watching;
  });
}

/** As on a machine that has no time for it. */
export async function freeze({ pid }: ProcessRef, forMs: number, signal: AbortSignal): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  try {
    await sleep(forMs, undefined, { signal });
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}
