import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Transform, type Readable } from 'node:stream';
import type { StepContext } from '../../model/drill.ts';
import { DrillError } from '../../model/errors.ts';
import type { DatabaseBackup } from '../../model/facts.ts';
import { decompressed, through } from '../../providers/database/decompress.ts';
import { readArchive, readArchiveFolder } from '../../providers/database/read-dump.ts';
import { createSqlScanner, type ScannedSql } from '../../providers/database/sql-scanner.ts';
import { parseTableOfContents } from '../../providers/database/table-of-contents.ts';
import type { ObjectReader } from '../../providers/object-store/index.ts';
import { countRowsInFile } from './count-rows-in-file.ts';
import { inBatches } from '../../support/in-batches.ts';

export interface DumpInspection {
  /** Rows by qualified table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Tables whose rows cannot be counted without a server. */
  readonly uncounted: readonly string[];
  /** Every table that the dump makes, qualified. */
  readonly tables: readonly string[];
  /** SHA-256 of each object as the store keeps it. */
  readonly sha256: Readonly<Record<string, string>>;
  /** Why it cannot be restored, in the words of what met it. Empty for a dump that was read to its end. */
  readonly problems: readonly string[];
}

type InspectContext = Pick<StepContext, 'signal'> & { readonly received?: (bytes: number) => void };

/**
 * Reads a dump from the store to its end, once, without a server and without keeping it: archives through pg_restore,
 * so that every compressed byte is checked. Damage is returned; rejects with what the store fails with.
 */
export async function inspectDump(
  ctx: InspectContext,
  store: ObjectReader,
  backup: DatabaseBackup,
): Promise<DumpInspection> {
  const objects = openHashed(ctx, store);
  const found =
    backup.format === 'directory'
      ? await inspectDirectory(ctx, objects, backup)
      : await inspectFile(ctx, objects, backup);
  return { ...found, sha256: objects.sha256 };
}

type Found = Omit<DumpInspection, 'sha256'>;

async function inspectFile(
  { signal }: InspectContext,
  objects: HashedObjects,
  { keys, format, compression }: DatabaseBackup,
): Promise<Found> {
  const [key = ''] = keys;
  const body = await objects.open(key);
  const plain = decompressed(body, compression);
  const problems: string[] = [];
  const scanner = createSqlScanner();
  const reading = format === 'custom' ? await readArchive(plain, [], signal) : undefined;
  try {
    for await (const chunk of (reading?.sql ?? plain) as AsyncIterable<Buffer>) scanner.push(chunk);
    const complaint = await reading?.complaint;
    if (complaint !== undefined) problems.push(complaint);
  } catch (error) {
    problems.push(describeDamage(error, signal));
  }
  // pg_restore may have seen enough before the end; the hash is over everything.
  await objects.finish(key).catch((error: unknown) => problems.push(describeDamage(error, signal)));
  const scanned = scanner.end();
  if (problems.length === 0) problems.push(...structuralProblems(scanned));
  return { ...summarise(scanned), problems };
}

function structuralProblems({ startsLikeDump, isComplete, openTable }: ScannedSql): string[] {
  if (!startsLikeDump) return ['it does not begin like a dump'];
  if (openTable !== undefined) return [`it ends inside the rows of ${openTable}: it is cut off`];
  return isComplete ? [] : ['its last line is missing: it is cut off'];
}

function summarise({ rows, uncounted, entries }: ScannedSql): Omit<Found, 'problems'> {
  return {
    rows: Object.fromEntries(rows),
    uncounted: [...uncounted],
    tables: entries.filter(({ type }) => type === 'TABLE').map(({ schema, name }) => `${schema}.${name}`),
  };
}

/** Its table of contents says which file belongs to which table; each is read by itself, so nothing big is kept. */
async function inspectDirectory(
  { signal }: InspectContext,
  objects: HashedObjects,
  { keys }: DatabaseBackup,
): Promise<Found> {
  const folder = await mkdtemp(path.join(tmpdir(), 'muster-toc-'));
  const tocKey = keys.find((key) => path.posix.basename(key) === 'toc.dat') ?? '';
  const problems: string[] = [];
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of (await objects.open(tocKey)) as AsyncIterable<Buffer>) chunks.push(chunk);
    await writeFile(path.join(folder, 'toc.dat'), Buffer.concat(chunks));
    const list = await readArchiveFolder(folder, ['--list'], signal);
    const schema = await readArchiveFolder(folder, ['--schema-only', '--file=-'], signal);
    const complaint = list.complaint ?? schema.complaint;
    if (complaint !== undefined) return { rows: {}, uncounted: [], tables: [], problems: [complaint] };
    const scanner = createSqlScanner();
    scanner.push(schema.output);
    const tables = parseTableOfContents(list.output.toString()).filter(({ type }) => type === 'TABLE DATA');
    const rows: Record<string, number> = {};
    const others = keys.filter((key) => key !== tocKey);
    const fileOf = (id: number) => others.find((key) => path.posix.basename(key).startsWith(`${id}.dat`));
    await inBatches(tables, 4, async ({ dumpId, schema: name, name: table }) => {
      const key = fileOf(dumpId);
      if (key === undefined)
        return void problems.push(`the file of table ${name}.${table} (${dumpId}.dat) is missing`);
      try {
        rows[`${name}.${table}`] = await countRowsInFile(await objects.open(key));
      } catch (error) {
        problems.push(
          `${path.posix.basename(key)}, table ${name}.${table}: ${describeDamage(error, signal)}`,
        );
      }
      await objects.finish(key).catch((error: unknown) => problems.push(describeDamage(error, signal)));
    });
    return { ...summarise(scanner.end()), rows, problems };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface HashedObjects {
  readonly sha256: Record<string, string>;
  open(key: string): Promise<Readable>;
  /** Reads what nobody wanted to read, for the hash. */
  finish(key: string): Promise<void>;
}

function openHashed({ signal, received }: InspectContext, store: ObjectReader): HashedObjects {
  const sha256: Record<string, string> = {};
  const unread = new Map<string, () => Promise<void>>();
  return {
    sha256,
    async open(key) {
      const body = await store.open(key, { signal });
      const hash = createHash('sha256');
      const tap = new Transform({
        highWaterMark: 1 << 20,
        transform(chunk: Buffer, _encoding, done) {
          hash.update(chunk);
          received?.(chunk.length);
          done(null, chunk);
        },
        flush(done) {
          sha256[key] = hash.digest('hex');
          done();
        },
      });
      unread.set(key, async () => {
        if (sha256[key] !== undefined) return;
        // Whoever read it gave up early and destroyed it on the way: once more, for the hash alone.
        const whole = createHash('sha256');
        for await (const chunk of (await store.open(key, { signal })) as AsyncIterable<Buffer>)
          whole.update(chunk);
        sha256[key] = whole.digest('hex');
      });
      return through(body, tap);
    },
    finish: async (key) => unread.get(key)?.(),
  };
}

/** Damage as a sentence; a store that cannot be read, or an interruption, is thrown on. */
function describeDamage(error: unknown, signal: AbortSignal): string {
  signal.throwIfAborted();
  if (error instanceof DrillError && error.code !== 'BACKUP_UNREADABLE' && error.code !== 'BACKUP_MISSING')
    throw error;
  return error instanceof Error ? error.message : String(error);
}
