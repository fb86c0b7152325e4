import { createHash } from 'node:crypto';
import type { FilesBackup } from '../../model/facts.ts';
import type { ObjectReader } from '../../providers/object-store/index.ts';
import { isSideFile } from '../backups/find-files.ts';
import type { FileTarget } from './file-target.ts';
import type { FetchedFiles } from './restore-files.ts';

export interface FetchJob {
  readonly store: ObjectReader;
  readonly backup: FilesBackup;
  /** Is empty. */
  readonly target: FileTarget;
  readonly signal: AbortSignal;
  readonly received: (bytes: number) => void;
}

/** Small files are most of a file store, and each costs a round trip. */
const DOWNLOADS = 24;

/** Downloads every object under the backup's prefix, while the listing goes on. */
export async function downloadFolder(job: FetchJob): Promise<FetchedFiles> {
  const { store, backup, signal } = job;
  const problems: string[] = [];
  const found = { objects: 0, bytes: 0, hashed: 0 };
  const listing = store.list(backup.key, { signal })[Symbol.asyncIterator]();
  const listed = new Set<string>();
  let failed = false;

  const worker = async () => {
    for (let next = await listing.next(); !next.done && !failed; next = await listing.next()) {
      const { key, size } = next.value;
      const name = key.slice(backup.key.length);
      if (name === '' || name.endsWith('/') || isSideFile(name)) continue;
      const wanted = backup.sha256[key];
      const { bytes, sha256 } = await fetchObject(job, key, name, wanted !== undefined);
      listed.add(key);
      found.objects++;
      found.bytes += bytes;
      if (bytes !== size) problems.push(`"${name}" has ${bytes} bytes, and the store lists ${size}`);
      if (wanted === undefined) continue;
      found.hashed++;
      if (sha256 !== wanted) problems.push(`"${name}" has SHA-256 ${sha256}, the manifest says ${wanted}`);
    }
  };
  // All of them have ended before this does: what is still being written cannot be undone.
  const ended = await Promise.allSettled(
    Array.from({ length: DOWNLOADS }, () =>
      worker().catch((error: unknown) => {
        failed = true;
        throw error;
      }),
    ),
  );
  for (const worker of ended) if (worker.status === 'rejected') throw worker.reason;
  for (const key of Object.keys(backup.sha256))
    if (!listed.has(key)) problems.push(`"${key}" is in the manifest and no longer in the store`);
  return { ...found, problems };
}

async function fetchObject(
  { store, target, signal, received }: FetchJob,
  key: string,
  name: string,
  hashed: boolean,
): Promise<{ bytes: number; sha256: string | undefined }> {
  const hash = hashed ? createHash('sha256') : undefined;
  let bytes = 0;
  const body = await store.open(key, { signal });
  async function* measured(): AsyncGenerator<Buffer> {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      hash?.update(chunk);
      bytes += chunk.length;
      received(chunk.length);
      yield chunk;
    }
  }
  try {
    await target.write(name, measured(), signal);
  } catch (cause) {
    body.destroy();
    signal.throwIfAborted();
    throw cause;
  }
  return { bytes, sha256: hash?.digest('hex') };
}
