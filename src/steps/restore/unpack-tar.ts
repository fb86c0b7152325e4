import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { Parser, Unpack, type ReadEntry } from 'tar';
import { DrillError } from '../../model/errors.ts';
import { compressionOf, decompressed, through } from '../../providers/database/decompress.ts';
import { readHead } from '../backups/read-head.ts';
import type { FetchJob } from './download-folder.ts';
import { diskFull, isDiskFull, type BucketTarget } from './file-target.ts';
import { insideFolder } from './inside-folder.ts';
import type { FetchedFiles } from './restore-files.ts';

/** Unpacks a tar (plain, gzip or zstd) as it is downloaded. Only files and folders: Mattermost stores nothing else. */
export async function unpackTar({
  store,
  backup,
  target,
  signal,
  received,
}: FetchJob): Promise<FetchedFiles> {
  const { key } = backup;
  const compression = compressionOf(await readHead(store, key, 8, signal));
  const hash = createHash('sha256');
  const tap = new Transform({
    highWaterMark: 1 << 20,
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      received(chunk.length);
      done(null, chunk);
    },
  });
  const found = { objects: 0, bytes: 0 };
  const folder = target.kind === 'folder' ? target.folder : '/restored';
  const options = {
    strict: true,
    filter(name: string, entry: object) {
      const type = 'type' in entry ? entry.type : undefined;
      if (/^(?:\.\/*)?$/.test(name)) return true;
      insideFolder(folder, name);
      if (type === 'Directory' || type === 'GNUDumpDir') return true;
      if (type !== 'File' && type !== 'OldFile' && type !== 'ContiguousFile')
        throw notAFile(key, name, String(type));
      found.objects++;
      found.bytes += 'size' in entry ? Number(entry.size ?? 0) : 0;
      return true;
    },
  };
  const uploads = target.kind === 'bucket' ? createUploads(target, signal) : undefined;
  const unpack =
    uploads === undefined
      ? new Unpack({ cwd: folder, preserveOwner: false, umask: 0o022, ...options })
      : new Parser({ ...options, onReadEntry: uploads.take });
  const body = through(await store.open(key, { signal }), tap);
  const source = decompressed(body, compression);
  try {
    await new Promise<void>((resolve, reject) => {
      unpack.once(uploads === undefined ? 'close' : 'end', resolve);
      unpack.once('error', reject);
      uploads?.failed.catch(reject);
      source.once('error', reject);
      source.on('data', (chunk: Buffer) => {
        try {
          if (unpack.write(chunk)) return;
          source.pause();
          unpack.once('drain', () => source.resume());
        } catch (error) {
          reject(error as Error);
        }
      });
      source.once('end', () => unpack.end());
    });
    await uploads?.ended();
  } catch (cause) {
    source.destroy();
    await uploads?.settled();
    signal.throwIfAborted();
    if (cause instanceof DrillError) throw cause;
    if (isDiskFull(cause)) throw diskFull(cause);
    throw new DrillError(
      'RESTORE_FAILED',
      `the file backup "${key}" cannot be unpacked: ${(cause as Error).message}`,
      {
        cause,
        hint: 'The archive is cut off or damaged: take a new one, and find out where it broke.',
      },
    );
  }
  const wanted = backup.sha256[key];
  const sha256 = hash.digest('hex');
  const problems =
    wanted === undefined || wanted === sha256
      ? []
      : [`"${key}" has SHA-256 ${sha256}, the manifest says ${wanted}`];
  return { ...found, problems, hashed: wanted === undefined ? 0 : 1 };
}

/** Small files are most of a file store: these are kept in memory and sent while the archive is read on. */
const SMALL = 4 * 2 ** 20;
const AT_ONCE = 16;

/** Puts the entries of an archive into a bucket. The parser waits for an entry that is not taken yet. */
function createUploads(target: BucketTarget, signal: AbortSignal) {
  const underway = new Set<Promise<void>>();
  const all: Promise<void>[] = [];
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => {});

  async function put(entry: ReadEntry): Promise<void> {
    while (underway.size >= AT_ONCE) await Promise.race(underway);
    if (entry.size > SMALL) return target.write(entry.path, entry as AsyncIterable<Buffer>, signal);
    const body = await entry.concat();
    const sent = target.write(entry.path, body as Buffer, signal);
    underway.add(sent);
    await sent.finally(() => underway.delete(sent));
  }

  return {
    failed,
    take(entry: ReadEntry): void {
      if (entry.type === 'Directory' || entry.type === 'GNUDumpDir') return void entry.resume();
      const done = put(entry);
      done.catch(reject);
      all.push(done);
    },
    ended: () => Promise.all(all),
    settled: () => Promise.allSettled(all),
  };
}

function notAFile(key: string, name: string, type: string): DrillError {
  return new DrillError(
    'RESTORE_FAILED',
    `the file backup "${key}" holds "${name}", which is a ${type} and no file`,
    {
      hint: 'Mattermost stores only files: archive the file store itself, with links followed.',
    },
  );
}
