import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import type { ObjectReader } from '../providers/object-store/contract.ts';
import { inBatches } from '../support/in-batches.ts';
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
  for await (const keys of pagesOf(createInterface({ input: createReadStream(keysFile) }))) {
    yield await inBatches(keys, AT_ONCE, (key) => hashFile(store, key, signal));
    done += keys.length;
    say(`${done} objects of the file store are hashed`);
  }
}

async function* pagesOf(lines: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  let page: string[] = [];
  for await (const line of lines) {
    page.push(JSON.parse(line) as string);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

async function hashFile(store: ObjectReader, key: string, signal: AbortSignal): Promise<FileState> {
  const found = await store.stat(key, { signal });
  if (found === undefined) return { key, size: null, sha256: null };
  if (found.sha256 !== undefined) return { key, size: found.size, sha256: found.sha256 };
  const hash = createHash('sha256');
  await pipeline(await store.open(key, { signal }), hash, { signal });
  return { key, size: found.size, sha256: hash.digest('hex') };
}
