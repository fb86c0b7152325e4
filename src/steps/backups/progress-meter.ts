import type { StepContext } from '../../model/drill.ts';
import { formatDuration, seconds } from '../../model/duration.ts';

export interface ProgressMeter extends AsyncDisposable {
  /** What is being done from now on. Told at once and, while it lasts, again and again. */
  say(doing: string): void;
  received(bytes: number): void;
}

const EVERY = seconds(4);

/** Keeps people who wait informed: what is being done, for how long, and how much of the download is here. */
export function createProgressMeter(
  { progress }: Pick<StepContext, 'progress'>,
  totalBytes: number,
): ProgressMeter {
  let doing = '';
  let since = performance.now();
  let bytes = 0;
  const timer = setInterval(() => {
    const share =
      bytes > 0 && bytes < totalBytes
        ? `, ${formatBytes(bytes)} of ${formatBytes(totalBytes)} here (${Math.floor((100 * bytes) / totalBytes)} %)`
        : '';
    if (doing !== '') progress(`${doing} for ${formatDuration(performance.now() - since)}${share}`);
  }, EVERY);
  return {
    say(next) {
      doing = next;
      since = performance.now();
      progress(next);
    },
    received(count) {
      bytes += count;
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
    },
  };
}

/** "740 B", "64.6 kB", "57.6 MB", "1.2 GB". */
export function formatBytes(bytes: number): string {
  for (const [unit, size] of [
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const) {
    if (bytes >= size) return `${(bytes / size).toFixed(1)} ${unit}`;
  }
  return `${bytes} B`;
}
