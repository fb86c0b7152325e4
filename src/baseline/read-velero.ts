import { createHash } from 'node:crypto';
import type { ObjectReader } from '../providers/object-store/contract.ts';
import { findVeleroBackups, tarballKey, type FindOptions } from '../support/velero-backup.ts';
import { readTarball, titleOf } from '../support/velero-tarball.ts';
import type { VeleroState } from './format.ts';

/** Velero's newest completed backup of the site; null when there is none. Rejects with BACKUP_UNREADABLE. */
export async function readNewestVelero(
  store: ObjectReader,
  options: FindOptions,
): Promise<VeleroState | null> {
  const found = await findVeleroBackups(store, options);
  const newest = found.find(({ phase }) => phase === 'Completed');
  return newest === undefined ? null : readVelero(store, newest.name, options);
}

/** What the tarball of a backup holds, by hashes: its objects are full of secrets. */
export async function readVelero(
  store: ObjectReader,
  name: string,
  options: FindOptions,
): Promise<VeleroState> {
  const key = tarballKey(name, options);
  const { objects, size, sha256 } = await readTarball(await store.open(key, options), key);
  return {
    name,
    tarball: { size, sha256 },
    objects: Object.fromEntries(
      objects.map((object) => [
        titleOf(object),
        createHash('sha256').update(JSON.stringify(object)).digest('hex'),
      ]),
    ),
  };
}
