import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { FORMAT, type BaselineManifest, type FileState } from '../../../src/baseline/format.ts';
import { publishBaseline } from '../../../src/baseline/publish-baseline.ts';
import { readDatabase } from '../../../src/baseline/read-database.ts';
import { readFileKeys } from '../../../src/baseline/read-file-keys.ts';
import { readTables } from '../../../src/baseline/read-tables.ts';
import { readUsers } from '../../../src/baseline/read-users.ts';
import { readNewestVelero } from '../../../src/baseline/read-velero.ts';
import { writeSection } from '../../../src/baseline/sections.ts';
import { openSnapshot, type Snapshot } from '../../../src/baseline/snapshot.ts';
import type { ObjectWriter } from '../../../src/providers/object-store/contract.ts';
import { openFilesystemReader } from '../../../src/providers/object-store/filesystem.ts';
import type { KeyPair } from '../../../src/support/signature.ts';
import { requireTool } from '../../../src/support/tools.ts';
import { readRealManifest, type RealManifest } from '../../support/backups.ts';
import { openThrowAwayDatabase, type ThrowAwayDatabase } from '../throw-away-database.ts';

export interface RealBaselineOptions {
  readonly archive: ObjectWriter;
  readonly prefix: string;
  readonly keys: KeyPair;
  readonly siteUrl: string;
}

/**
 * The baseline that would have been taken with the real backups: rows and checksums of tables, messages by day and
 * hashes of files are what the maker of the backups wrote down; what he did not is read from a plain restore of his dump.
 */
export async function writeRealBaseline(backups: string, options: RealBaselineOptions): Promise<string> {
  const known = readRealManifest(backups);
  const { signal } = new AbortController();
  const folder = await mkdtemp(path.join(tmpdir(), 'muster-real-baseline-'));
  await using database = await openThrowAwayDatabase();
  await using snapshot = await openRestored(database, backups);
  await using velero = openFilesystemReader({ kind: 'filesystem', root: path.join(backups, 'velero-1.18') });
  const [first, ...others] = snapshot.clients;
  try {
    const takenAt = new Date(known.dump_at);
    const read = await readDatabase(first, takenAt);
    const manifest: BaselineManifest = {
      kind: 'muster-baseline',
      format: FORMAT,
      muster: 'tests',
      siteUrl: options.siteUrl,
      takenAt: known.dump_at,
      snapshot: { id: 'of-the-dump', shared: true },
      tables: (await readTables(others, { signal, say: () => {} })).map(({ name, newest }) => ({
        name,
        newest,
        ...knownTable(known, name),
      })),
      database: { ...read, postsPerDay: { ...read.postsPerDay, days: knownDays(known, read.postsPerDay) } },
      velero: await readNewestVelero(velero, { prefix: 'prod', namespace: 'mattermost' }),
      sections: {
        users: await writeSection(folder, 'users', readUsers(first, signal)),
        files: await writeSection(folder, 'files', knownFiles(known, snapshot, signal)),
      },
    };
    return await publishBaseline({ ...options, folder, manifest });
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function openRestored({ cluster }: ThrowAwayDatabase, backups: string): Promise<Snapshot> {
  const { address, port, superuser, superuserPassword, database } = cluster;
  await execa(
    await requireTool('pg_restore'),
    [
      ...[
        '-h',
        address,
        '-p',
        String(port),
        '-U',
        superuser,
        '-d',
        database,
        '--no-owner',
        '--no-privileges',
      ],
      path.join(backups, 'mattermost-11.6', 'mattermost.dump'),
    ],
    { env: { PGPASSWORD: superuserPassword } },
  );
  return openSnapshot({ host: address, port, user: superuser, password: superuserPassword, database });
}

function knownTable({ tables }: RealManifest, name: string) {
  const known = tables[name.replace(/^public\./, '')];
  if (known === undefined) throw new Error(`the backups' manifest has no table ${name}`);
  return { rows: known.rows, hash: known.hashsum };
}

function knownDays({ posts_per_day }: RealManifest, { from, to }: { from: string; to: string }) {
  return Object.fromEntries(Object.entries(posts_per_day).filter(([day]) => day >= from && day <= to));
}

async function* knownFiles(
  known: RealManifest,
  { clients: [client] }: Snapshot,
  signal: AbortSignal,
): AsyncGenerator<FileState[]> {
  const objects = new Map(known.file_store.object_list.map((object) => [object.key, object]));
  for await (const page of readFileKeys(client, signal))
    yield page.map(({ key }) => objects.get(key) ?? { key, size: null, sha256: null });
}
