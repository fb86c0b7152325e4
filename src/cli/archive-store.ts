import { mkdirSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { Config } from '../model/config.ts';
import { resolveSecret } from '../config/secrets.ts';
import {
  openReader,
  openWriter,
  type ObjectReader,
  type ObjectWriter,
} from '../providers/object-store/index.ts';
import { readCredentials } from '../steps/backups/open-stores.ts';
import { openFilesystemReader, openFilesystemWriter } from '../providers/object-store/filesystem.ts';

/** Both sides of the place where past drills are kept. */
export interface ArchiveStore extends AsyncDisposable {
  readonly reader: ObjectReader;
  readonly writer: ObjectWriter;
  /** Text of a key; undefined when there is none. */
  read(key: string): Promise<string | undefined>;
}

/** Opens the configured archive. Undefined when none is configured. */
export async function openArchiveStore(archive: Config['archive']): Promise<ArchiveStore | undefined> {
  if (!archive) return undefined;
  const credentials = await readCredentials({ secret: resolveSecret }, archive.store);
  const reader = await openReader(archive.store, credentials);
  try {
    return both(reader, await openWriter(archive.store, credentials));
  } catch (error) {
    await reader[Symbol.asyncDispose]();
    throw error;
  }
}

/** The folder of results, for the history, the index and the proof of this clone. Made if it is not there yet. */
export function openLocalStore(results: string): ArchiveStore {
  mkdirSync(results, { recursive: true });
  const options = { kind: 'filesystem', root: results } as const;
  return both(openFilesystemReader(options), openFilesystemWriter(options));
}

function both(reader: ObjectReader, writer: ObjectWriter): ArchiveStore {
  return {
    reader,
    writer,
    async read(key) {
      return (await reader.stat(key)) ? text(await reader.open(key)) : undefined;
    },
    async [Symbol.asyncDispose]() {
      await writer[Symbol.asyncDispose]();
      await reader[Symbol.asyncDispose]();
    },
  };
}

/** Until when what is written there now is kept; complains where the config asks for it and the store cannot. */
export function retention(
  { retain }: Pick<NonNullable<Config['archive']>, 'retain'>,
  { location, canRetain }: Pick<ObjectWriter, 'location' | 'canRetain'>,
  complain: (line: string) => void,
): Date | undefined {
  if (retain === undefined) return undefined;
  if (canRetain) return new Date(Date.now() + retain);
  complain(`${location} has no object lock: archive.retain cannot keep anybody from deleting evidence there`);
  return undefined;
}
