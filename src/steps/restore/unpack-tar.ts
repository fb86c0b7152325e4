import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { Unpack } from 'tar';
import { DrillError } from '../../model/errors.ts';
import { compressionOf, decompressed, through } from '../../providers/database/decompress.ts';
import { readHead } from '../backups/read-head.ts';
import { diskFull, isDiskFull, type FetchJob } from './download-folder.ts';
import { insideFolder } from './inside-folder.ts';
import type { FetchedFiles } from './restore-files.ts';

/** Unpacks a tar (plain, gzip or zstd) as it is downloaded. Only files and folders: Mattermost stores nothing else. */
export async function unpackTar({
  store,
  backup,
  folder,
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
  const unpack = new Unpack({
    cwd: folder,
    strict: true,
    preserveOwner: false,
    umask: 0o022,
    filter(name, entry) {
      const type = 'type' in entry ? entry.type : undefined;
      if (/^(?:\.\/*)?$/.test(name)) return true;
      insideFolder(folder, name);
      if (type === 'Directory' || type === 'GNUDumpDir') return true;
      if (type !== 'File' && type !== 'OldFile' && type !== 'ContiguousFile')
        throw notAFile(key, name, String(type));
      found.objects++;
      found.bytes += entry.size ?? 0;
      return true;
    },
  });
  const body = through(await store.open(key, { signal }), tap);
  const source = decompressed(body, compression);
  try {
    await new Promise<void>((resolve, reject) => {
      unpack.once('close', resolve);
      unpack.once('error', reject);
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
  } catch (cause) {
    source.destroy();
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

function notAFile(key: string, name: string, type: string): DrillError {
  return new DrillError(
    'RESTORE_FAILED',
    `the file backup "${key}" holds "${name}", which is a ${type} and no file`,
    {
      hint: 'Mattermost stores only files: archive the file store itself, with links followed.',
    },
  );
}
