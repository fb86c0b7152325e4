import { buffer } from 'node:stream/consumers';
import path from 'node:path';
import { z } from 'zod';
import type { ObjectReader } from '../../providers/object-store/index.ts';

/** What a backup job wrote down about a backup. Sites need not have one. */
export interface Manifest {
  readonly key: string;
  readonly takenAt: Date | undefined;
  /** Key in the store → lower-case hex. */
  readonly sha256: ReadonlyMap<string, string>;
}

const schema = z.object({
  takenAt: z.iso.datetime({ offset: true }).optional(),
  files: z.array(z.object({ path: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/i) })).default([]),
});

/** The nearest `manifest.json`: beside an object, or in a folder above it. Other files of that name are passed over. */
export async function findManifest(
  store: ObjectReader,
  key: string,
  signal: AbortSignal,
): Promise<Manifest | undefined> {
  for (let folder = path.posix.dirname(key); ; folder = path.posix.dirname(folder)) {
    const manifestKey = folder === '.' ? 'manifest.json' : `${folder}/manifest.json`;
    const found = await readManifest(store, manifestKey, signal);
    if (found) return found;
    if (folder === '.' || folder === '/') return undefined;
  }
}

async function readManifest(
  store: ObjectReader,
  key: string,
  signal: AbortSignal,
): Promise<Manifest | undefined> {
  const info = await store.stat(key, { signal });
  if (info === undefined || info.size > 64 * 2 ** 20) return undefined;
  const parsed = schema.safeParse(parseJson(await buffer(await store.open(key, { signal }))));
  if (!parsed.success) return undefined;
  const folder = path.posix.dirname(key);
  const at = (file: string) => (folder === '.' ? path.posix.normalize(file) : path.posix.join(folder, file));
  return {
    key,
    takenAt: parsed.data.takenAt === undefined ? undefined : new Date(parsed.data.takenAt),
    sha256: new Map(parsed.data.files.map((file) => [at(file.path), file.sha256.toLowerCase()])),
  };
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
