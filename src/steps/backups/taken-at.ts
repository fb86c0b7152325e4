import type { DatabaseBackup } from '../../model/facts.ts';
import type { Manifest } from './manifest.ts';

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;

type TakenAt = Pick<DatabaseBackup, 'takenAt' | 'takenAtSource'>;

/** When a backup was taken, by what was written down: its manifest, else the time in its name, else its upload. */
export function statedTime(manifest: Manifest | undefined, key: string, modifiedAt: Date): TakenAt {
  if (manifest?.takenAt) return { takenAt: manifest.takenAt.toISOString(), takenAtSource: 'manifest' };
  const named = timeInName(key);
  if (named) return { takenAt: notAfterUpload(named, modifiedAt).toISOString(), takenAtSource: 'name' };
  return { takenAt: modifiedAt.toISOString(), takenAtSource: 'store' };
}

/**
 * A time without a zone is taken for UTC. Nothing is uploaded before it was taken: where that would be so, the clock
 * was ahead by a zone's whole quarters of an hour. Ages come out too great rather than too small.
 */
export function notAfterUpload(time: Date, modifiedAt: Date): Date {
  const ahead = Math.max(0, +time - +modifiedAt - 5 * MINUTE);
  return new Date(+time - Math.ceil(ahead / QUARTER) * QUARTER);
}

/** Whether two times differ as the clocks of two zones do: by whole quarters of an hour, and up to 14 hours. */
export function isZoneApart(a: Date, b: Date): boolean {
  const apart = Math.abs(+a - +b);
  const offQuarter = Math.abs(apart - Math.round(apart / QUARTER) * QUARTER);
  return apart >= QUARTER / 2 && apart <= 14 * 60 * MINUTE && offQuarter < MINUTE;
}

/** The newest one that was taken before the outage; when all were taken later, the newest of those. */
export function newestBefore<T>(
  outageAt: Date,
  backups: readonly T[],
  takenAt: (backup: T) => string,
): T | undefined {
  const newestFirst = backups.toSorted((a, b) => takenAt(b).localeCompare(takenAt(a)));
  return newestFirst.find((backup) => Date.parse(takenAt(backup)) <= +outageAt) ?? newestFirst[0];
}

/** `2026-11-21T17-30-00Z`, `20261121-1730`, `2026-11-21_17:30`: a date with a time. A bare date says too little. */
function timeInName(key: string): Date | undefined {
  const pattern = /(20\d\d)-?([01]\d)-?([0-3]\d)[T_. -]?([0-2]\d)[-:.h]?([0-5]\d)(?:[-:.m]?([0-5]\d))?/g;
  const last = [...key.matchAll(pattern)].at(-1);
  if (!last) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = last
    .slice(1)
    .map((part) => Number(part ?? 0));
  const time = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  return time.getUTCMonth() === month - 1 && time.getUTCDate() === day && hour < 24 ? time : undefined;
}
