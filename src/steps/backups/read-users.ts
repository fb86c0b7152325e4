import path from 'node:path';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { StepContext } from '../../model/drill.ts';
import { DrillError } from '../../model/errors.ts';
import type { DatabaseBackup } from '../../model/facts.ts';
import { parseCopyRow } from '../../providers/database/copy-row.ts';
import { compressionOf, decompressed } from '../../providers/database/decompress.ts';
import { readArchive, readArchiveFolder } from '../../providers/database/read-dump.ts';
import { createSqlScanner } from '../../providers/database/sql-scanner.ts';
import { parseTableOfContents } from '../../providers/database/table-of-contents.ts';
import type { ObjectReader } from '../../providers/object-store/index.ts';
import { openBackupStore } from './open-stores.ts';

/** One row of Mattermost's `users`, as far as signing in goes. */
export interface DumpUser {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  /** First and last name. */
  readonly name: string;
  /** Empty for those who sign in with a password. */
  readonly authService: string;
  readonly authData: string | null;
  /** Milliseconds; 0 for an active user. */
  readonly deleteAt: number;
  readonly roles: string;
}

const USERS = 'public.users';

/** Reads the users out of a dump in the store, without a server. Rejects with BACKUP_UNREADABLE when they are not in it. */
export async function readUsersFromDump(
  ctx: Pick<StepContext, 'config' | 'secret' | 'signal'>,
  backup: DatabaseBackup,
): Promise<DumpUser[]> {
  await using store = await openBackupStore(ctx);
  const copy = await readUsersCopy(store, backup, ctx.signal);
  if (copy === undefined) throw unreadable(backup, `it has no rows for table ${USERS}`);
  const { columns, rows } = copy;
  for (const wanted of ['id', 'username', 'email', 'authservice', 'authdata', 'deleteat', 'roles']) {
    if (!columns.includes(wanted)) throw unreadable(backup, `table ${USERS} has no column "${wanted}"`);
  }
  return rows.map((line) => {
    const cells = parseCopyRow(line);
    const value = (column: string): string | null => cells[columns.indexOf(column)] ?? null;
    return {
      id: value('id') ?? '',
      username: value('username') ?? '',
      email: value('email') ?? '',
      name: [value('firstname'), value('lastname')].filter(Boolean).join(' '),
      authService: value('authservice') ?? '',
      authData: value('authdata'),
      deleteAt: Number(value('deleteat') ?? 0),
      roles: value('roles') ?? '',
    };
  });
}

interface CopyBlock {
  readonly columns: readonly string[];
  readonly rows: readonly string[];
}

async function readUsersCopy(
  store: ObjectReader,
  backup: DatabaseBackup,
  signal: AbortSignal,
): Promise<CopyBlock | undefined> {
  if (backup.format === 'directory') return readFromDirectory(store, backup, signal);
  const [key = ''] = backup.keys;
  const body = decompressed(await store.open(key, { signal }), backup.compression);
  const archive =
    backup.format === 'custom'
      ? await readArchive(body, ['--data-only', '--schema=public', '--table=users'], signal)
      : undefined;
  const chunks: Buffer[] = [];
  const scanner = createSqlScanner({
    data(bytes, table) {
      if (table === USERS) chunks.push(Buffer.from(bytes));
    },
  });
  try {
    for await (const chunk of (archive?.sql ?? body) as AsyncIterable<Buffer>) {
      scanner.push(chunk);
      // All of it is there: the rest of the dump need not be downloaded.
      if (scanner.scanned.rows.has(USERS)) break;
    }
    body.destroy();
    if (!scanner.scanned.rows.has(USERS)) {
      const complaint = await archive?.complaint;
      if (complaint !== undefined) throw new Error(complaint.split('\n')[0]);
      return undefined;
    }
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof DrillError) throw cause;
    throw unreadable(backup, cause instanceof Error ? cause.message : String(cause), cause);
  }
  return splitBlock(Buffer.concat(chunks).toString('utf8'));
}

/** The table of contents and one small file: nothing else of the dump is touched. */
async function readFromDirectory(
  store: ObjectReader,
  backup: DatabaseBackup,
  signal: AbortSignal,
): Promise<CopyBlock | undefined> {
  const find = (name: RegExp) => backup.keys.find((key) => name.test(path.posix.basename(key)));
  const folder = await mkdtemp(path.join(tmpdir(), 'muster-toc-'));
  try {
    await writeFile(
      path.join(folder, 'toc.dat'),
      await buffer(await store.open(find(/^toc\.dat$/) ?? 'toc.dat', { signal })),
    );
    const { output, complaint } = await readArchiveFolder(folder, ['--list'], signal);
    if (complaint !== undefined) throw unreadable(backup, complaint.split('\n')[0] ?? '');
    const users = parseTableOfContents(output.toString()).find(
      ({ type, schema, name }) => type === 'TABLE DATA' && `${schema}.${name}` === USERS,
    );
    const key = users && find(new RegExp(`^${users.dumpId}\\.dat`));
    if (key === undefined) return undefined;
    const text = await readText(await buffer(await store.open(key, { signal })), backup);
    // The file holds rows alone: which column is which, the table's definition says, in the same order.
    const schema = await readArchiveFolder(
      folder,
      ['--schema-only', '--schema=public', '--table=users', '--file=-'],
      signal,
    );
    const definition =
      /CREATE TABLE public\.users \(([\s\S]*?)\n\);/.exec(schema.output.toString())?.[1] ?? '';
    const columns = [...definition.matchAll(/^ {4}"?(\w+)"? (?!KEY)/gm)].map(([, name = '']) => name);
    return { columns, rows: text.split('\n').filter((line) => line !== '' && line !== '\\.') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readText(packed: Buffer, backup: DatabaseBackup): Promise<string> {
  try {
    return (
      await buffer(decompressed(Readable.from([packed], { objectMode: false }), compressionOf(packed)))
    ).toString('utf8');
  } catch (cause) {
    throw unreadable(backup, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function splitBlock(text: string): CopyBlock {
  const [head = '', ...rows] = text.split('\n');
  const columns = (/\((.*)\)/.exec(head)?.[1] ?? '').split(', ').map((name) => name.replaceAll('"', ''));
  return { columns, rows: rows.filter((line) => line !== '' && line !== '\\.') };
}

function unreadable({ location, keys }: DatabaseBackup, why: string, cause?: unknown): DrillError {
  return new DrillError('BACKUP_UNREADABLE', `the users cannot be read from the database dump: ${why}`, {
    cause,
    details: { location, dump: keys.find((key) => key.endsWith('toc.dat')) ?? keys[0] ?? '' },
    hint: 'Take a new dump, and check that its user may read all tables.',
  });
}
