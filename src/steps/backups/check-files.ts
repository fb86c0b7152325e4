import { Parser } from 'tar';
import type { StepContext } from '../../model/drill.ts';
import { DrillError } from '../../model/errors.ts';
import type { FilesBackup } from '../../model/facts.ts';
import { compressionOf, decompressed } from '../../providers/database/decompress.ts';
import type { ObjectReader } from '../../providers/object-store/index.ts';
import { createProgressMeter, formatBytes } from './progress-meter.ts';
import { readHead } from './read-head.ts';

/** Checks that a backup of the file store is whole: a tar by reading it to its end, a folder by listing it. */
export async function checkFilesBackup(
  ctx: StepContext,
  store: ObjectReader,
  backup: FilesBackup,
): Promise<void> {
  const base = { id: 'backup.files.readable', claim: 'The backup of the file store is whole' };
  try {
    if (backup.kind === 'tar') {
      const { files, bytes } = await readTar(ctx, store, backup);
      const seen = `${files} files, ${formatBytes(bytes)}`;
      const expected = 'a tar that can be read to its end, with files in it';
      ctx.check(
        files > 0
          ? { ...base, verdict: 'passed', expected, seen }
          : { ...base, verdict: 'missed', expected, seen, code: 'BACKUP_EMPTY' },
      );
      return;
    }
    const { objects, bytes } = backup;
    ctx.check({
      ...base,
      verdict: objects > 0 ? 'passed' : 'missed',
      expected: 'a listing to its end, with files in it (their contents are compared after the restore)',
      seen: `${objects} files, ${formatBytes(bytes)} under "${backup.key}"`,
    });
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (error instanceof DrillError && !['BACKUP_UNREADABLE', 'BACKUP_MISSING'].includes(error.code))
      throw error;
    ctx.check({
      ...base,
      verdict: 'missed',
      expected: 'a tar that can be read to its end',
      seen: error instanceof Error ? error.message : String(error),
      code: 'BACKUP_UNREADABLE',
      hint: 'This archive will not unpack: take a new one, and find out where it broke.',
    });
  }
}

async function readTar(
  ctx: StepContext,
  store: ObjectReader,
  { key, bytes }: FilesBackup,
): Promise<{ files: number; bytes: number }> {
  await using meter = createProgressMeter(ctx, bytes);
  meter.say(`reading the file store's ${key} to its end`);
  const compression = compressionOf(await readHead(store, key, 8, ctx.signal));
  const body = await store.open(key, { signal: ctx.signal });
  body.on('data', (chunk: Buffer) => meter.received(chunk.length));
  const source = decompressed(body, compression);
  const found = { files: 0, bytes: 0 };
  const parser = new Parser({
    strict: true,
    onReadEntry(entry) {
      if (entry.type === 'File' || entry.type === 'OldFile') {
        found.files++;
        found.bytes += entry.size;
      }
      entry.resume();
    },
  });
  await new Promise<void>((resolve, reject) => {
    parser.once('end', resolve);
    parser.once('error', reject);
    source.once('error', reject);
    source.pipe(parser as unknown as NodeJS.WritableStream);
  });
  return found;
}
