import type { Config } from '../../model/config.ts';
import type { FilesBackup } from '../../model/facts.ts';
import type { ObjectInfo, ObjectReader } from '../../providers/object-store/index.ts';
import { findManifest } from './manifest.ts';
import { newestBefore, statedTime } from './taken-at.ts';

const TAR = /\.(?:tar|tgz|tar\.gz|tar\.zst)$/;

export interface FindOptions {
  readonly files: Config['backups']['files'];
  readonly outageAt: Date;
  readonly signal: AbortSignal;
}

/** The newest backup of the file store: a dated folder, a tar, or the prefix itself. Undefined when there is none. */
export async function findFilesBackup(
  store: ObjectReader,
  options: FindOptions,
): Promise<FilesBackup | undefined> {
  const { files, outageAt, signal } = options;
  const folder = files.prefix === '' || files.prefix.endsWith('/') ? files.prefix : `${files.prefix}/`;
  const groups = new Map<string, ObjectInfo[]>();
  for await (const object of store.list(folder, { signal })) {
    const rest = object.key.slice(folder.length);
    if (rest === '' || isSideFile(rest)) continue;
    const slash = rest.indexOf('/');
    const name =
      files.layout === 'live' ? folder : slash === -1 ? object.key : folder + rest.slice(0, slash + 1);
    if (files.layout === 'dated' && slash === -1 && !TAR.test(name)) continue;
    const group = groups.get(name);
    if (group) group.push(object);
    else groups.set(name, [object]);
  }
  const backups: FilesBackup[] = [];
  for (const [key, objects] of groups)
    backups.push(await describe(store, key, objects, files.layout, signal));
  return newestBefore(outageAt, backups, ({ takenAt }) => takenAt);
}

async function describe(
  store: ObjectReader,
  group: string,
  objects: readonly ObjectInfo[],
  layout: 'dated' | 'live',
  signal: AbortSignal,
): Promise<FilesBackup> {
  const [only] = objects;
  // One folder per backup may hold one tar: then that is the backup.
  const key = objects.length === 1 && only && TAR.test(only.key) ? only.key : group;
  const manifest = await findManifest(store, only?.key ?? key, signal);
  const listed = new Map(
    objects.flatMap((object) => {
      const sha256 = manifest?.sha256.get(object.key);
      return sha256 === undefined ? [] : [[object.key, sha256] as const];
    }),
  );
  const modifiedAt = new Date(Math.max(...objects.map((object) => +object.modifiedAt)));
  return {
    location: store.location,
    kind: TAR.test(key) ? 'tar' : 'prefix',
    key,
    takenAt:
      layout === 'live'
        ? modifiedAt.toISOString()
        : statedTime(listed.size > 0 ? manifest : undefined, key, modifiedAt).takenAt,
    objects: objects.length,
    bytes: objects.reduce((total, { size }) => total + size, 0),
    sha256: Object.fromEntries(listed),
  };
}

/** What describes a backup and is no file of the site. */
export const isSideFile = (name: string): boolean =>
  /(?:^|\/)manifest\.json$/.test(name) || /^[^/]*(?:SUMS|\.sha256|\.md5)$/.test(name);
