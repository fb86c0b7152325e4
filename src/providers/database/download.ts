import { Transform, type Readable } from 'node:stream';
import type { RestoreJob } from './restore-dump.ts';
import { decompressed, through } from './decompress.ts';

/** One of the backup's objects as it was before compression, its bytes counted as they arrive. */
export async function openDownload(
  { open, received, backup }: Pick<RestoreJob, 'open' | 'received' | 'backup'>,
  key: string,
): Promise<Readable> {
  const body = await open(key);
  const counter = new Transform({
    highWaterMark: 1 << 20,
    transform(chunk: Buffer, _encoding, done) {
      received(chunk.length);
      done(null, chunk);
    },
  });
  return decompressed(through(body, counter), backup.compression);
}
