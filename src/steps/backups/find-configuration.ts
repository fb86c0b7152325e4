import type { BackupSet } from '../../model/facts.ts';
import type { ObjectReader } from '../../providers/object-store/index.ts';
import { findManifest } from './manifest.ts';
import { newestBefore, statedTime } from './taken-at.ts';

export interface FindOptions {
  readonly prefix: string;
  readonly outageAt: Date;
  readonly signal: AbortSignal;
}

/** The newest config.json under a prefix. Undefined when there is none. */
export async function findConfiguration(
  store: ObjectReader,
  { prefix, outageAt, signal }: FindOptions,
): Promise<NonNullable<BackupSet['configuration']> | undefined> {
  const found: NonNullable<BackupSet['configuration']>[] = [];
  for await (const { key, modifiedAt } of store.list(prefix, { signal })) {
    if (!/(?:^|\/)[^/]*config[^/]*\.json$/.test(key)) continue;
    const manifest = await findManifest(store, key, signal);
    const { takenAt } = statedTime(manifest?.sha256.has(key) ? manifest : undefined, key, modifiedAt);
    found.push({ key, takenAt });
  }
  return newestBefore(outageAt, found, ({ takenAt }) => takenAt);
}
