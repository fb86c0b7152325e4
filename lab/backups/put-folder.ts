import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ObjectWriter } from '../../src/providers/object-store/contract.ts';

export interface ManifestFile {
  /** Relative, with `/` between the parts. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

export interface PutFolderOptions {
  /** What the keys begin with; ends with `/` unless it is empty. */
  readonly under?: string;
  readonly signal?: AbortSignal | undefined;
}

const IN_MEMORY = 8 << 20;
const AT_ONCE = 8;

/**
 * Puts every file below a folder under the same relative path: the lab's own backups, and anybody else's that a drill
 * is to be run on. Resolves to the keys, in order.
 */
export async function putFolder(
  store: ObjectWriter,
  folder: string,
  { under = '', signal }: PutFolderOptions = {},
): Promise<string[]> {
  const files = await filesBelow(folder);
  const waiting = [...files];
  const worker = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      signal?.throwIfAborted();
      await putFile(store, path.join(folder, file), under + file, signal);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return files.map((file) => under + file);
}

export async function putFile(
  store: ObjectWriter,
  file: string,
  key: string,
  signal?: AbortSignal,
): Promise<void> {
  const body = (await stat(file)).size <= IN_MEMORY ? await readFile(file) : createReadStream(file);
  await store.put(key, body, { contentType: contentTypeOf(key), signal });
}

/** Size and hash of every file below a folder, by path. */
export async function hashFolder(folder: string): Promise<ManifestFile[]> {
  const hashed: ManifestFile[] = [];
  for (const file of await filesBelow(folder)) {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of createReadStream(path.join(folder, file)) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.length;
    }
    hashed.push({ path: file, size, sha256: hash.digest('hex') });
  }
  return hashed;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .toSorted();
}

function contentTypeOf(key: string): string {
  if (key.endsWith('.json')) return 'application/json';
  if (key.endsWith('.gz')) return 'application/gzip';
  return key.endsWith('.zst') ? 'application/zstd' : 'application/octet-stream';
}
