import { text } from 'node:stream/consumers';
import type { Config, SecretRef } from '../model/config.ts';
import { resolveSecret } from '../config/secrets.ts';
import {
  openReader,
  openWriter,
  type ObjectReader,
  type ObjectStoreCredentials,
  type ObjectStoreOptions,
  type ObjectWriter,
} from '../providers/object-store/index.ts';

/** Both sides of the place where past drills are kept. */
export interface ArchiveStore extends AsyncDisposable {
  readonly reader: ObjectReader;
  readonly writer: ObjectWriter;
  /** Text of a key; undefined when there is none. */
  read(key: string): Promise<string | undefined>;
}

/** Opens the configured archive; without one, the folder of results itself. */
export async function openArchiveStore({ archive }: Config, results: string): Promise<ArchiveStore> {
  const options: ObjectStoreOptions = archive?.store ?? { kind: 'filesystem', root: results };
  const credentials = archive ? await readCredentials(archive.store) : {};
  const reader = await openReader(options, credentials);
  const writer = await openWriter(options, credentials);
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

async function readCredentials(
  store: NonNullable<Config['archive']>['store'],
): Promise<ObjectStoreCredentials> {
  const names = ['accessKeyId', 'secretAccessKey', 'sessionToken', 'connectionString', 'sasToken'] as const;
  const refs = store as Partial<Record<(typeof names)[number], SecretRef>>;
  const credentials: Record<string, string> = {};
  for (const name of names) if (refs[name]) credentials[name] = await resolveSecret(refs[name]);
  return credentials;
}
