import type { ObjectReader } from '../../providers/object-store/index.ts';
import { sha256Of } from '../../support/sha256-of.ts';

/** SHA-256 of an object's body, lower-case hex. */
export async function hashObject(store: ObjectReader, key: string, signal: AbortSignal): Promise<string> {
  return sha256Of(await store.open(key, { signal }), signal);
}
