type Settled<T extends readonly unknown[]> = { -readonly [K in keyof T]: Awaited<T[K]> };

/**
 * Waits for all to come to their end, whatever becomes of the others, and rejects with the first one's reason: what is
 * still starting could not be taken down.
 */
export async function settleAll<const T extends readonly Promise<unknown>[]>(
  started: T,
): Promise<Settled<T>> {
  await Promise.allSettled(started);
  return Promise.all(started) as Promise<Settled<T>>;
}
