import { setTimeout as sleep } from 'node:timers/promises';
import type { Milliseconds } from '../model/duration.ts';

export interface WaitOptions {
  readonly timeout: Milliseconds;
  readonly interval?: Milliseconds;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks again and again until `attempt` gives something, and resolves to that. Resolves to undefined when the
 * time is up, after one last attempt; rejects when the signal aborts. What `attempt` throws is not caught.
 */
export async function waitFor<T>(
  attempt: () => Promise<T | undefined>,
  { timeout, interval = 100, signal }: WaitOptions,
): Promise<T | undefined> {
  const deadline = performance.now() + timeout;
  for (;;) {
    const found = await attempt();
    if (found !== undefined || performance.now() >= deadline) return found;
    await sleep(interval, undefined, { signal });
  }
}
