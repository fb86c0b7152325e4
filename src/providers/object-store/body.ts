import { createHash } from 'node:crypto';
import { addAbortSignal, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { DrillError } from '../../model/errors.ts';

export interface Checksum {
  readonly algorithm: 'md5' | 'sha256';
  /** Lower-case hex. */
  readonly digest: string;
}

export interface BodySource {
  /** For messages: `"db/1.dump" in s3://mm-backups`. */
  readonly name: string;
  /** Bytes that the store has promised. */
  readonly size: number;
  /** What the store says the whole body hashes to, where it says so. */
  readonly checksum: Checksum | undefined;
  readonly first: Readable;
  /** Opens the rest of the same version of the same object, from this byte on. */
  reopen(offset: number): Promise<Readable>;
  readonly signal?: AbortSignal | undefined;
  readonly resumes?: number;
}

const RESUMES = 5;

/** One stream over as many connections as it takes, held against the promised size and checksum at its end. */
export function readBody(source: BodySource): Readable {
  return Readable.from(chunks(source), { objectMode: false, highWaterMark: 1 << 20 });
}

async function* chunks({ name, size, checksum, first, reopen, signal, resumes = RESUMES }: BodySource) {
  const hash = checksum && createHash(checksum.algorithm);
  let received = 0;
  for (let attempt = 0, body: Readable | undefined = first; ; attempt++) {
    let dropped: unknown;
    try {
      signal?.throwIfAborted();
      body ??= await reopen(received);
      if (signal) addAbortSignal(signal, body);
      for await (const chunk of body as AsyncIterable<Buffer>) {
        received += chunk.length;
        hash?.update(chunk);
        yield chunk;
      }
    } catch (cause) {
      if (signal?.aborted || (cause instanceof DrillError && cause.code !== 'STORE_UNREADABLE')) throw cause;
      dropped = cause;
    } finally {
      body?.destroy();
    }
    if (received >= size) break;
    if (attempt >= resumes) {
      throw new DrillError('STORE_UNREADABLE', `only ${received} of ${size} bytes of ${name} came through`, {
        cause: dropped,
        hint: 'Check the network between this machine and the store, then run again.',
        details: { received, expected: size, resumed: attempt },
      });
    }
    body = undefined;
    await sleep(100 * 2 ** attempt, undefined, { signal });
  }
  if (received > size) throw damaged(name, `has ${received} bytes, and the store promised ${size}`);
  const seen = hash?.digest('hex');
  if (checksum && seen !== checksum.digest) {
    throw damaged(name, `has ${checksum.algorithm} ${seen}, and the store promised ${checksum.digest}`);
  }
}

function damaged(name: string, what: string): DrillError {
  return new DrillError('BACKUP_UNREADABLE', `${name} ${what}`, {
    hint: 'The store does not give back what was put there: look at an older version of the object, or the second copy.',
  });
}
