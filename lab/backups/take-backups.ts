import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { create } from 'tar';
import type { Compression, DumpFormat } from '../../src/model/facts.ts';
import type { ObjectWriter } from '../../src/providers/object-store/contract.ts';
import { dumpDatabase, dumpVersion, type DumpSource } from './dump-database.ts';
import { hashFolder, putFolder, type ManifestFile } from './put-folder.ts';

export interface BackupOptions {
  readonly database: DumpSource;
  /** The folder that the site keeps its files in. */
  readonly fileStore: string;
  /** The site's config.json. Undefined: the site keeps its configuration in the database. */
  readonly configuration?: string | undefined;
  /** The authoritative place, and second copies of everything. */
  readonly stores: readonly ObjectWriter[];
  readonly formats?: readonly DumpFormat[];
  readonly compression?: Compression;
  /** `prefix`: an object per file; `tar`: one archive. */
  readonly filesAs?: 'prefix' | 'tar';
  readonly takenAt?: Date;
  /** What pg_dump is to see. */
  readonly snapshot?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What lies beside the dump as `manifest.json`. Paths are relative to the place of the manifest. */
export interface BackupManifest {
  readonly formatVersion: 1;
  /** ISO 8601, before pg_dump was started: what came later is not in it. */
  readonly takenAt: string;
  readonly pgDump: string;
  readonly database: string;
  readonly files: readonly ManifestFile[];
}

export interface TakenBackups {
  /** As it stands in the keys: `2026-11-22T020000Z`. */
  readonly stamp: string;
  readonly takenAt: Date;
  readonly keys: readonly string[];
}

/**
 * Takes a backup of the lab's site with the real tools and puts it into every store: the dump and its manifest under
 * `db/STAMP/`, the files under `files/STAMP/` (or as `files/STAMP.tar.gz`), config.json under `config/STAMP/`. Rejects
 * with LAB_FAILED.
 */
export async function takeBackups(options: BackupOptions): Promise<TakenBackups> {
  const {
    database,
    fileStore,
    configuration,
    stores,
    formats = ['custom'],
    compression = 'gzip',
    snapshot,
    signal,
  } = options;
  const takenAt = options.takenAt ?? new Date();
  const stamp = stampOf(takenAt);
  const work = await mkdtemp(path.join(tmpdir(), 'muster-backup-'));
  try {
    const dumps = path.join(work, 'db', stamp);
    await mkdir(dumps, { recursive: true });
    for (const format of formats)
      await dumpDatabase(database, { format, compression, folder: dumps, snapshot, signal });
    await rm(path.join(dumps, '.pgpass'), { force: true });
    const about = { takenAt, database: database.database };
    await writeManifest(dumps, about);

    if (configuration !== undefined) {
      const folder = path.join(work, 'config', stamp);
      await mkdir(folder, { recursive: true });
      await writeFile(path.join(folder, 'config.json'), configuration, { mode: 0o600 });
    }
    await mkdir(path.join(work, 'files'));
    if (options.filesAs === 'tar') {
      await create(
        { cwd: fileStore, file: path.join(work, 'files', `${stamp}.tar.gz`), gzip: true, portable: true },
        ['.'],
      );
    }
    const keys: string[] = [];
    for (const store of stores) {
      const put = await putFolder(store, work, { signal });
      const files =
        options.filesAs === 'tar'
          ? []
          : await putFolder(store, fileStore, { under: `files/${stamp}/`, signal });
      if (keys.length === 0) keys.push(...put, ...files);
    }
    return { stamp, takenAt, keys };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** `2026-11-22T020000Z`: sorts by time, and has nothing in it that a key or a file name may not hold. */
function stampOf(at: Date): string {
  return at
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '');
}

async function writeManifest(
  folder: string,
  { takenAt, database }: { takenAt: Date; database: string },
): Promise<void> {
  const files = await hashFolder(folder);
  const manifest: BackupManifest = {
    formatVersion: 1,
    takenAt: takenAt.toISOString(),
    pgDump: await dumpVersion(),
    database,
    files,
  };
  await writeFile(path.join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
