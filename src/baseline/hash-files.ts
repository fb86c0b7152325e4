import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { ObjectReader } from '../providers/object-store/contract.ts';
import { inBatches } from '../support/in-batches.ts';
import { inPages } from '../support/in-pages.ts';
import { sha256Of } from '../support/sha256-of.ts';
import type { FileState } from './format.ts';

export interface HashOptions {
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

const PAGE = 500;
const AT_ONCE = 8;

/** Size and SHA-256 of each object whose key stands in a file, one JSON text per line, in the same order. */
export async function* hashFiles(
  store: ObjectReader,
  keysFile: string,
  { signal, say }: HashOptions,
): AsyncGenerator<readonly FileState[]> {
  let done = 0;
  for await (const lines of inPages(createInterface({ input: createReadStream(keysFile) }), PAGE)) {
    yield await inBatches(lines, AT_ONCE, (line) => hashFile(store, JSON.parse(line) as string, signal));
    done += lines.length;
    say(`${done} objects of the file store are hashed`);
  }
}

async function hashFile(store: ObjectReader, key: string, signal: AbortSignal): Promise<FileState> {
  const found = await store.stat(key, { signal });
  if (found === undefined) return { key, size: null, sha256: null };
  if (found.sha256 !== undefined) return { key, size: found.size, sha256: found.sha256 };
  return { key, size: found.size, sha256: await sha256Of(await store.open(key, { signal }), signal) };
}
