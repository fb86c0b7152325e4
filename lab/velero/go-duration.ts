import type { Milliseconds } from '../../src/model/duration.ts';

/** Go's way to write a duration: 72h0m0s. */
export function goDuration(ms: Milliseconds): string {
  const s = Math.round(ms / 1_000);
  return `${Math.floor(s / 3_600)}h${Math.floor(s / 60) % 60}m${s % 60}s`;
}
