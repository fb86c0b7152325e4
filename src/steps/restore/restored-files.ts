import { createReadStream } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { StepContext } from '../../model/drill.ts';
import { DrillError } from '../../model/errors.ts';
import { openStore } from '../backups/open-stores.ts';
import { scratchBucket } from './scratch-bucket.ts';

/** The restored file store, read by the keys that the database knows. A key that leads out of it is not there. */
export interface RestoredFileStore extends AsyncDisposable {
  /** Bytes; undefined when there is no such file. */
  sizeOf(key: string): Promise<number | undefined>;
  /** Every key, in no promised order. */
  keys(): AsyncIterable<string>;
  /** Undefined when there is no such file. */
  read(key: string): Promise<Readable | undefined>;
}

/** Opens what restoreFiles left. */
export async function openRestoredFiles(
  ctx: Pick<StepContext, 'get' | 'config' | 'secret' | 'signal'>,
): Promise<RestoredFileStore> {
  const files = ctx.get('files');
  return files.kind === 'folder' ? openFolder(files.directory) : openBucket(ctx, files.prefix);
}

export function openFolder(directory: string): RestoredFileStore {
  const root = path.resolve(directory) + path.sep;
  const sizeOf = async (key: string): Promise<number | undefined> => {
    const file = path.resolve(root, key);
    if (!file.startsWith(root)) return undefined;
    try {
      const found = await stat(file);
      return found.isFile() ? found.size : undefined;
    } catch (error) {
      if (error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR'].includes(String(error.code)))
        return undefined;
      throw error;
    }
  };
  return {
    sizeOf,
    async *keys() {
      for await (const entry of await opendir(root, { recursive: true }))
        if (entry.isFile())
          yield path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/');
    },
    read: async (key) =>
      (await sizeOf(key)) === undefined ? undefined : createReadStream(path.resolve(root, key)),
    async [Symbol.asyncDispose]() {},
  };
}

/** Listed once: a request for each of a site's files would take longer than their restore. */
async function openBucket(
  ctx: Pick<StepContext, 'config' | 'secret' | 'signal'>,
  prefix: string,
): Promise<RestoredFileStore> {
  const bucket = scratchBucket(ctx.config);
  if (bucket === undefined)
    throw new DrillError(
      'CONFIG_INVALID',
      'the files were restored to a bucket that the config no longer names',
      {
        hint: 'Put scratch.files back as it was when the run began.',
      },
    );
  const { signal } = ctx;
  const store = await openStore(ctx, { ...bucket, prefix });
  const sizes = new Map<string, number>();
  for await (const { key, size } of store.list('', { signal })) sizes.set(key, size);
  return {
    sizeOf: async (key) => sizes.get(key),
    async *keys() {
      yield* sizes.keys();
    },
    read: async (key) => (sizes.has(key) ? store.open(key, { signal }) : undefined),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
