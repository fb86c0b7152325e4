import type { Config } from '../../model/config.ts';
import { findVeleroBackups, type VeleroBackup } from '../../support/velero-backup.ts';
import type { ObjectReader } from '../../providers/object-store/index.ts';

export interface FoundVelero {
  /** The newest that completed before the outage; else the newest that can be read at all. */
  readonly chosen: VeleroBackup | undefined;
  /** Newer than it, finished, and of no use. */
  readonly failedSince: readonly VeleroBackup[];
  /** Milliseconds between the chosen one and the completed one before it: how often this site backs up. */
  readonly interval: number | undefined;
}

/** Velero's newest backup of the site's namespace. */
export async function findVelero(
  store: ObjectReader,
  velero: NonNullable<Config['backups']['velero']>,
  outageAt: Date,
  signal: AbortSignal,
): Promise<FoundVelero> {
  const { prefix, schedule, namespace } = velero;
  const all = await findVeleroBackups(store, { prefix, schedule, namespace, signal });
  const before = all.filter(({ startedAt }) => startedAt === null || Date.parse(startedAt) <= +outageAt);
  const completed = before.filter(({ phase }) => phase === 'Completed');
  const chosen = completed[0] ?? before.find(isReadable) ?? all.find(isReadable);
  const newer = chosen === undefined ? all : before.slice(0, Math.max(before.indexOf(chosen), 0));
  const [last, previous] = completed.map(({ startedAt }) => Date.parse(startedAt ?? ''));
  return {
    chosen,
    failedSince: newer.filter(
      ({ phase }) => !['New', 'Queued', 'ReadyToStart', 'InProgress', 'Finalizing'].includes(phase),
    ),
    interval: last !== undefined && previous !== undefined ? last - previous : undefined,
  };
}

const isReadable = ({ phase }: VeleroBackup): boolean => phase !== 'Unreadable';
