import { createHash } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { DrillError } from '../../model/errors.ts';
import type { FilesBackup } from '../../model/facts.ts';
import type { ObjectReader } from '../../providers/object-store/index.ts';
import { isSideFile } from '../backups/find-files.ts';
import { insideFolder } from './inside-folder.ts';
import type { FetchedFiles } from './restore-files.ts';

export interface FetchJob {
  readonly store: ObjectReader;
  readonly backup: FilesBackup;
  /** Exists, and is empty. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly received: (bytes: number) => void;
}

/** Small files are most of a file store, and each costs a round trip. */
const DOWNLOADS = 24;

/** Downloads every object under the backup's prefix, while the listing goes on. */
export async function downloadFolder(job: FetchJob): Promise<FetchedFiles> {
  const { store, backup, folder, signal } = job;
  const problems: string[] = [];
  const found = { objects: 0, bytes: 0, hashed: 0 };
  const folders = new Map<string, Promise<unknown>>();
  const listing = store.list(backup.key, { signal })[Symbol.asyncIterator]();
  const listed = new Set<string>();
  let failed = false;

  const worker = async () => {
    for (let next = await listing.next(); !next.done && !failed; next = await listing.next()) {
      const { key, size } = next.value;
      const name = key.slice(backup.key.length);
      if (name === '' || name.endsWith('/') || isSideFile(name)) continue;
      const file = insideFolder(folder, name);
      const parent = path.dirname(file);
      if (!folders.has(parent)) folders.set(parent, mkdir(parent, { recursive: true }));
      await folders.get(parent);
      const wanted = backup.sha256[key];
      const { bytes, sha256 } = await fetchObject(job, key, file, wanted !== undefined);
      listed.add(key);
      found.objects++;
      found.bytes += bytes;
      if (bytes !== size) problems.push(`"${name}" has ${bytes} bytes, and the store lists ${size}`);
      if (wanted === undefined) continue;
      found.hashed++;
      if (sha256 !== wanted) problems.push(`"${name}" has SHA-256 ${sha256}, the manifest says ${wanted}`);
    }
  };
  await Promise.all(
    Array.from({ length: DOWNLOADS }, () =>
      worker().catch((error: unknown) => {
        failed = true;
        throw error;
      }),
    ),
  );
  for (const key of Object.keys(backup.sha256))
    if (!listed.has(key)) problems.push(`"${key}" is in the manifest and no longer in the store`);
  return { ...found, problems };
}

async function fetchObject(
  { store, signal, received }: FetchJob,
  key: string,
  file: string,
  hashed: boolean,
): Promise<{ bytes: number; sha256: string | undefined }> {
  const hash = hashed ? createHash('sha256') : undefined;
  const body = await store.open(key, { signal });
  const target = await open(file, 'wx').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST' && cause.code !== 'EISDIR') throw cause;
    throw new DrillError('RESTORE_FAILED', `the file backup holds both a file and a folder called "${key}"`, {
      cause,
      hint: 'A folder cannot hold what this bucket holds: rename one of them in a copy of the backup.',
    });
  });
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      hash?.update(chunk);
      await target.writeFile(chunk);
      bytes += chunk.length;
      received(chunk.length);
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw isDiskFull(cause) ? diskFull(cause) : cause;
  } finally {
    await target.close();
  }
  return { bytes, sha256: hash?.digest('hex') };
}

export const isDiskFull = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT');

export function diskFull(cause: unknown): DrillError {
  return new DrillError('DISK_TOO_SMALL', 'the disk is full, and the files are not all restored', {
    cause,
    hint: 'Give scratch.directory a larger disk.',
  });
}
