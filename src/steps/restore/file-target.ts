import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { DrillError } from '../../model/errors.ts';
import type { ObjectScratch } from '../../providers/object-store/index.ts';
import { rootWithin } from './file-store-root.ts';
import { insideFolder } from './inside-folder.ts';

/** Where restored files are written to. Both kinds reject names that lead out of it. */
export type FileTarget = FolderTarget | BucketTarget;

export interface FolderTarget {
  readonly kind: 'folder';
  readonly folder: string;
  write(name: string, body: AsyncIterable<Buffer>): Promise<void>;
}

export interface BucketTarget {
  readonly kind: 'bucket';
  write(name: string, body: AsyncIterable<Buffer> | Buffer, signal: AbortSignal): Promise<void>;
  /** What archives wrap the file store into, as far as all that was written shares it: "data/", mostly "". */
  root(): string;
}

/** A folder that exists and is empty. */
export function openFolderTarget(folder: string): FolderTarget {
  const folders = new Map<string, Promise<unknown>>();
  return {
    kind: 'folder',
    folder,
    async write(name, body) {
      const file = insideFolder(folder, name);
      const parent = path.dirname(file);
      if (!folders.has(parent)) folders.set(parent, mkdir(parent, { recursive: true }));
      await folders.get(parent);
      const target = await open(file, 'wx').catch((cause: NodeJS.ErrnoException) => {
        if (cause.code !== 'EEXIST' && cause.code !== 'EISDIR') throw cause;
        throw new DrillError(
          'RESTORE_FAILED',
          `the file backup holds both a file and a folder called "${name}"`,
          {
            cause,
            hint: 'A folder cannot hold what this bucket holds: rename one of them in a copy of the backup.',
          },
        );
      });
      try {
        for await (const chunk of body) await target.writeFile(chunk);
      } catch (cause) {
        throw isDiskFull(cause) ? diskFull(cause) : cause;
      } finally {
        await target.close();
      }
    },
  };
}

export function openBucketTarget(scratch: ObjectScratch): BucketTarget {
  let shared: readonly string[] | undefined;
  return {
    kind: 'bucket',
    async write(name, body, signal) {
      const key = keyOf(name);
      const parents = key.split('/').slice(0, -1);
      shared = shared === undefined ? parents : sharedStart(shared, parents);
      const source = Buffer.isBuffer(body) ? body : Readable.from(body, { objectMode: false });
      await scratch.put(key, source, { signal });
    },
    root: () => rootWithin(shared ?? []),
  };
}

/** The name as a key: what would lead out of a folder is refused here too, as servers join keys like paths. */
function keyOf(name: string): string {
  const folder = path.resolve('/restored');
  return path.relative(folder, insideFolder(folder, name)).split(path.sep).join('/');
}

function sharedStart(a: readonly string[], b: readonly string[]): readonly string[] {
  const differs = a.findIndex((part, at) => part !== b[at]);
  return differs === -1 ? a : a.slice(0, differs);
}

export const isDiskFull = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT');

export function diskFull(cause: unknown): DrillError {
  return new DrillError('DISK_TOO_SMALL', 'the disk is full, and the files are not all restored', {
    cause,
    hint: 'Give scratch.directory a larger disk.',
  });
}
