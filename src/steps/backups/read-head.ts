import type { ObjectReader } from '../../providers/object-store/index.ts';

/** The first bytes of an object; fewer when it has fewer. */
export async function readHead(
  store: ObjectReader,
  key: string,
  bytes: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const body = await store.open(key, { signal });
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop destroys the stream: the rest is not downloaded.
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= bytes) break;
  }
  return Buffer.concat(chunks).subarray(0, bytes);
}
