import { createReadStream } from 'node:fs';
import { opendir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { StepContext } from '../../model/drill.ts';
import { DrillError } from '../../model/errors.ts';
import { sha256Of } from '../../support/sha256-of.ts';
import { openStore } from '../backups/open-stores.ts';
import { scratchBucket } from './scratch-bucket.ts';
import { parseListing } from './volume/listing.ts';

/** The restored file store, read by the keys that the database knows. A key that leads out of it is not there. */
export interface RestoredFileStore extends AsyncDisposable {
  /** Bytes; undefined when there is no such file. */
  sizeOf(key: string): Promise<number | undefined>;
  /** Every key, in no promised order. */
  keys(): AsyncIterable<string>;
  /** Lower-case hex; undefined when there is no such file. */
  sha256(key: string): Promise<string | undefined>;
}

/** Opens what restoreFiles left. */
export async function openRestoredFiles(
  ctx: Pick<StepContext, 'get' | 'config' | 'secret' | 'signal'>,
): Promise<RestoredFileStore> {
  const files = ctx.get('files');
  switch (files.kind) {
    case 'folder':
      return openFolder(files.directory, ctx.signal);
    case 'bucket':
      return openBucket(ctx, files.prefix);
    case 'volume':
      return openListing(await readFile(files.listing, 'utf8'));
  }
}

export function openFolder(directory: string, signal?: AbortSignal): RestoredFileStore {
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
    sha256: async (key) =>
      (await sizeOf(key)) === undefined
        ? undefined
        : sha256Of(createReadStream(path.resolve(root, key)), signal),
    async [Symbol.asyncDispose]() {},
  };
}

/** What a pod has seen on a volume. */
export function openListing(log: string): RestoredFileStore {
  const files = parseListing(log);
  return {
    sizeOf: async (key) => files.get(key)?.size,
    async *keys() {
      yield* files.keys();
    },
    sha256: async (key) => files.get(key)?.sha256,
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
    sha256: async (key) => (sizes.has(key) ? sha256Of(await store.open(key, { signal }), signal) : undefined),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
