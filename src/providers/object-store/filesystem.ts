import { randomUUID } from 'node:crypto';
import { constants, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, realpath, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DrillError } from '../../model/errors.ts';
import type { ObjectInfo, ObjectReader, ObjectWriter } from './contract.ts';
import { taken } from './taken.ts';

export interface FilesystemOptions {
  readonly kind: 'filesystem';
  readonly root: string;
  readonly prefix?: string | undefined;
}

/**
 * A folder of backups: a mounted share, or what somebody copied by hand. Links that lead out of it are refused, and
 * links are not listed at all: a `latest` beside the real thing would be one backup more.
 */
export function openFilesystemReader(options: FilesystemOptions): ObjectReader {
  const { root, location } = describe(options);

  return {
    location,
    stat: (key) => findObject(key),

    async *list(start) {
      const real = await realpath(root).catch((cause: unknown) => {
        throw unreadable('list objects', location, cause);
      });
      yield* walk(real, '', start);
    },

    async open(key) {
      const found = await findObject(key);
      if (!found) {
        throw new DrillError('BACKUP_MISSING', `no object "${key}" in ${location}`, {
          details: { location, key },
          hint: 'Check the configured folder, and that the job that writes this file has run.',
        });
      }
      const handle = await open(await resolveInside(root, location, key), constants.O_RDONLY).catch(
        (cause: unknown) => {
          throw unreadable(`open "${key}"`, location, cause);
        },
      );
      return handle.createReadStream({ highWaterMark: 1 << 20 });
    },

    versions: async () => undefined,

    async protection() {
      await realpath(root).catch((cause: unknown) => {
        throw unreadable('find the folder', location, cause);
      });
      return { versioning: 'not-applicable', encryption: 'not-applicable', objectLock: 'not-applicable' };
    },

    async [Symbol.asyncDispose]() {},
  };

  async function* walk(folder: string, folderKey: string, start: string): AsyncIterable<ObjectInfo> {
    const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
      throw unreadable(`list "${folderKey}"`, location, cause);
    });
    for (const entry of entries) {
      const key = folderKey + entry.name;
      if (entry.isDirectory()) {
        if (`${key}/`.startsWith(start) || start.startsWith(`${key}/`))
          yield* walk(path.join(folder, entry.name), `${key}/`, start);
      } else if (entry.isFile() && key.startsWith(start)) {
        const found = await findObject(key);
        if (found) yield found;
      }
    }
  }

  async function findObject(key: string): Promise<ObjectInfo | undefined> {
    try {
      const found = await stat(await resolveInside(root, location, key));
      return found.isFile()
        ? { key, size: found.size, modifiedAt: found.mtime, sha256: undefined }
        : undefined;
    } catch (cause) {
      if (cause instanceof DrillError) throw cause;
      if (!isMissing(cause)) throw unreadable(`stat "${key}"`, location, cause);
      // A share that is not mounted has no files either: only a root that is there makes it a missing key.
      await realpath(root).catch((gone: unknown) => {
        throw unreadable(`stat "${key}"`, location, gone);
      });
      return undefined;
    }
  }
}

/** The archive in a folder. A file that exists is never opened for writing. */
export function openFilesystemWriter(options: FilesystemOptions): ObjectWriter {
  const { root, location } = describe(options);
  return {
    location,
    canRetain: false,

    async put(key, body, { replace, signal }) {
      const target = inside(root, location, key);
      // What is replaced is read by others meanwhile: they see all of the old or all of the new.
      const written = replace ? `${target}.${randomUUID()}.new` : target;
      try {
        await mkdir(path.dirname(target), { recursive: true });
        await resolveInside(root, location, path.posix.dirname(key));
        const source = Buffer.isBuffer(body) ? Readable.from([body], { objectMode: false }) : body;
        await pipeline(source, createWriteStream(written, { flags: 'wx', flush: true }), { signal });
        if (replace) await rename(written, target);
      } catch (cause) {
        signal?.throwIfAborted();
        if (cause instanceof DrillError) throw cause;
        if (!replace && codeOf(cause) === 'EEXIST') throw taken(key, location);
        throw unreadable(`write "${key}"`, location, cause);
      }
    },

    async [Symbol.asyncDispose]() {},
  };
}

function describe({ root, prefix = '' }: FilesystemOptions): { root: string; location: string } {
  const folder = inside(path.resolve(root), `file://${path.resolve(root)}`, prefix);
  return { root: folder, location: `file://${folder}` };
}

/** The file's real path; rejects when a link on the way leads out of the root. */
async function resolveInside(root: string, location: string, key: string): Promise<string> {
  const wanted = inside(root, location, key);
  const [realRoot, real] = await Promise.all([realpath(root), realpath(wanted)]);
  if (real !== realRoot && !real.startsWith(realRoot + path.sep)) throw outside(key, location);
  return real;
}

function inside(root: string, location: string, key: string): string {
  const wanted = path.resolve(root, key);
  const within = wanted === root || wanted.startsWith(root.endsWith(path.sep) ? root : root + path.sep);
  if (path.isAbsolute(key) || key.split('/').includes('..') || key.includes('\0') || !within)
    throw outside(key, location);
  return wanted;
}

function outside(key: string, location: string): DrillError {
  return new DrillError('STORE_UNREADABLE', `"${key}" leads out of ${location}`, {
    hint: 'Keys stay inside the configured folder: take the link or the ".." away.',
    details: { location },
  });
}

function unreadable(what: string, location: string, cause: unknown): DrillError {
  const code = codeOf(cause);
  return new DrillError('STORE_UNREADABLE', `cannot ${what} in ${location}${code ? `: ${code}` : ''}`, {
    cause,
    hint: 'Check that the folder exists, is mounted, and may be used by this user.',
    details: { location },
  });
}

function isMissing(cause: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(codeOf(cause));
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}
