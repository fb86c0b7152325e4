import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** SHA-256 of a stream that is read to its end, in lower-case hex. */
export async function sha256Of(body: Readable, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(body, hash, { signal });
  return hash.digest('hex');
}
