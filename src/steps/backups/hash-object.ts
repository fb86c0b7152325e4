import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type { ObjectReader } from '../../providers/object-store/index.ts';

/** SHA-256 of an object's body, lower-case hex. */
export async function hashObject(store: ObjectReader, key: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(await store.open(key, { signal }), hash, { signal });
  return hash.digest('hex');
}
