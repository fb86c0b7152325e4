import { once, EventEmitter } from 'node:events';
import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';

export interface KeptStream {
  /** Bytes written so far. */
  written(): number;
  /** Another reader of the same bytes, from the first one on, that waits for what is still to come. */
  follow(): Readable;
  /** Resolves when everything is in the file; rejects with what the source failed with. */
  readonly done: Promise<void>;
}

/**
 * Keeps a stream in a file as fast as it comes, while others read along at their own pace: a restore that is slower
 * than the network does not slow the download down.
 */
export async function keepStream(source: Readable, file: string): Promise<KeptStream> {
  const handle = await open(file, 'wx', 0o600);
  const news = new EventEmitter().setMaxListeners(0);
  let written = 0;
  let ended = false;
  let failure: unknown;

  const done = (async () => {
    try {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        await writeAll(handle, chunk, written);
        written += chunk.length;
        news.emit('news');
      }
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      ended = true;
      news.emit('news');
      await handle.close();
    }
  })();
  // Readers get the failure too; whoever awaits `done` must not be forced to do so at once.
  done.catch(() => {});

  return { written: () => written, done, follow: () => Readable.from(readAlong(), { objectMode: false }) };

  async function* readAlong(): AsyncGenerator<Buffer> {
    const reader = await open(file, 'r');
    try {
      for (let at = 0; ;) {
        if (at < written) {
          const { bytesRead, buffer } = await reader.read(Buffer.allocUnsafe(1 << 18), 0, 1 << 18, at);
          at += bytesRead;
          yield buffer.subarray(0, bytesRead);
        } else if (failure !== undefined) throw failure;
        else if (ended) return;
        else await once(news, 'news');
      }
    } finally {
      await reader.close();
    }
  }
}

async function writeAll(handle: FileHandle, chunk: Buffer, position: number): Promise<void> {
  for (let at = 0; at < chunk.length;) {
    const { bytesWritten } = await handle.write(chunk, at, chunk.length - at, position + at);
    at += bytesWritten;
  }
}
