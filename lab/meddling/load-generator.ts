import { setTimeout as sleep } from 'node:timers/promises';
import { minutes } from '../../src/model/duration.ts';
import { isRunning, signalGroup, type ProcessRef } from '../../src/support/processes.ts';
import { waitFor } from '../../src/support/wait-for.ts';
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
    const generator = await waitFor(async () => site.find('load generator'), {
      timeout: minutes(5),
      signal,
    });
    await sleep(afterMs, undefined, { signal });
    if (generator && isRunning(generator)) await work(generator, signal);
  };
  const watching = watch().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  // Told where it is waited for: until then nobody listens.
  watching.catch(() => {});
  site.afterwards(async () => {
    over.abort();
    await watching;
  });
}

/** As on a machine that has no time for it. */
export async function freeze({ pid }: ProcessRef, forMs: number, signal: AbortSignal): Promise<void> {
  signalGroup(pid, 'SIGSTOP');
  try {
    await sleep(forMs, undefined, { signal });
  } finally {
    signalGroup(pid, 'SIGCONT');
  }
}
