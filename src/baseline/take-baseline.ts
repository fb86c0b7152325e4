import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DatabaseError } from 'pg';
import { DrillError } from '../model/errors.ts';
import type { Target } from '../providers/database/target.ts';
import {
  openReader,
  type ObjectStoreCredentials,
  type ObjectStoreOptions,
} from '../providers/object-store/index.ts';
import type { FindOptions } from '../support/velero-backup.ts';
import { FORMAT, type BaselineManifest, type VeleroState } from './format.ts';
import { hashFiles } from './hash-files.ts';
import { publishBaseline, type PublishOptions } from './publish-baseline.ts';
import { readDatabase } from './read-database.ts';
import { readFileKeys } from './read-file-keys.ts';
import { readTables, type ReadTablesOptions } from './read-tables.ts';
import { readUsers } from './read-users.ts';
import { readNewestVelero } from './read-velero.ts';
import { writeSection } from './sections.ts';
import { openSnapshot, type Snapshot } from './snapshot.ts';

export interface LiveStore {
  readonly options: ObjectStoreOptions;
  readonly credentials: ObjectStoreCredentials;
}

export interface TakeBaselineOptions extends Omit<PublishOptions, 'folder' | 'manifest'> {
  readonly database: Target;
  /** One that another session holds. Left out, one is made. */
  readonly snapshot?: string | undefined;
  /** Is done while the snapshot is held: `pg_dump --snapshot`, say. The baseline is given up when it fails. */
  readonly meanwhile?: ((snapshot: string) => Promise<unknown>) | undefined;
  /** The site's own file store. */
  readonly files?: LiveStore | undefined;
  readonly velero?: (LiveStore & FindOptions) | undefined;
  readonly siteUrl: string;
  /** Version of Muster. */
  readonly muster: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/**
 * Writes down what the primary is at this moment, signs it, and puts it into the archive. Resolves to the key of its
 * folder and to what it says. Rejects with DATABASE_UNREACHABLE when the database cannot be read.
 */
export async function takeBaseline(
  options: TakeBaselineOptions,
): Promise<{ key: string; manifest: BaselineManifest }> {
  const { signal, say } = options;
  const folder = await mkdtemp(path.join(tmpdir(), 'muster-baseline-'));
  try {
    const keysFile = path.join(folder, 'keys');
    const seen = await readPrimary(options, folder, keysFile);
    const sections = { users: seen.users, files: await hashStore(options, folder, keysFile) };
    const manifest: BaselineManifest = {
      kind: 'muster-baseline',
      format: FORMAT,
      muster: options.muster,
      siteUrl: options.siteUrl,
      takenAt: seen.takenAt.toISOString(),
      snapshot: {
        id: seen.snapshot,
        shared: options.snapshot !== undefined || options.meanwhile !== undefined,
      },
      tables: [...seen.tables],
      database: seen.database,
      velero: await readLatestVelero(options),
      sections,
    };
    signal.throwIfAborted();
    const key = await publishBaseline({ ...options, folder, manifest });
    say(`the baseline is at ${options.archive.location}/${key}`);
    return { key, manifest };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readPrimary(options: TakeBaselineOptions, folder: string, keysFile: string) {
  const { say } = options;
  await using snapshot = await openSnapshot(options.database, options.snapshot);
  say(`snapshot ${snapshot.id} of ${snapshot.takenAt.toISOString()} is held`);
  // Both to their end: what runs beside us still reads the snapshot that our end would take away.
  const [seen, beside] = await Promise.allSettled([
    readSnapshot(snapshot, folder, keysFile, options).catch(explain),
    options.meanwhile?.(snapshot.id),
  ]);
  if (beside.status === 'rejected') throw beside.reason;
  if (seen.status === 'rejected') throw seen.reason;
  return { ...seen.value, takenAt: snapshot.takenAt, snapshot: snapshot.id };
}

async function readSnapshot(
  { clients: [first, ...others], takenAt }: Snapshot,
  folder: string,
  keysFile: string,
  { signal, say }: ReadTablesOptions,
) {
  const tables = await readTables(others, { signal, say });
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  say(`${rows} rows in ${tables.length} tables are read`);
  const database = await readDatabase(first, takenAt);
  const users = await writeSection(folder, 'users', readUsers(first, signal));
  say(`${users.records} accounts are read`);
  // The snapshot keeps the primary from clearing up: the objects are hashed when it is let go of.
  await pipeline(
    async function* () {
      for await (const page of readFileKeys(first, signal))
        yield page.map(({ key }) => `${JSON.stringify(key)}\n`).join('');
    },
    createWriteStream(keysFile, { mode: 0o600 }),
  );
  return { tables, database, users };
}

function explain(cause: unknown): never {
  if (!(cause instanceof DatabaseError)) throw cause;
  throw new DrillError('DATABASE_UNREACHABLE', `the primary cannot be read: ${cause.message}`, {
    cause,
    hint: 'Give the role of baseline.database the right to read: GRANT pg_read_all_data TO …; and check that baseline.database.name is Mattermost’s.',
  });
}

async function hashStore(
  { files, signal, say }: TakeBaselineOptions,
  folder: string,
  keysFile: string,
): Promise<BaselineManifest['sections']['files']> {
  if (files === undefined) return null;
  await using store = await openReader(files.options, files.credentials);
  return writeSection(folder, 'files', hashFiles(store, keysFile, { signal, say }));
}

/** A backup that cannot be read is for the drill to find: the baseline is none the worse. */
async function readLatestVelero({ velero, say, signal }: TakeBaselineOptions): Promise<VeleroState | null> {
  if (velero === undefined) return null;
  await using store = await openReader(velero.options, velero.credentials);
  try {
    return await readNewestVelero(store, { ...velero, signal });
  } catch (error) {
    if (!(error instanceof DrillError) || error.code !== 'BACKUP_UNREADABLE') throw error;
    say(`Velero's newest backup is left out: ${error.message}`);
    return null;
  }
}
