import path from 'node:path';
import type { Check } from '../../model/check.ts';
import type { StepContext } from '../../model/drill.ts';
import type { DatabaseBackup } from '../../model/facts.ts';
import type { ObjectReader } from '../../providers/object-store/index.ts';
import { findTool } from '../../support/tools.ts';
import { inspectDump, type DumpInspection } from './inspect-dump.ts';
import { createProgressMeter } from './progress-meter.ts';

/** Without these it is no Mattermost database: schema, people and messages. */
const WANTED = ['users', 'teams', 'channels', 'posts', 'db_migrations'];

/** Reads the dump to its end, makes the checks on it, and gives the backup with the rows that were counted. */
export async function checkDump(
  ctx: StepContext,
  store: ObjectReader,
  backup: DatabaseBackup,
): Promise<DatabaseBackup> {
  await using meter = createProgressMeter(ctx, backup.bytes);
  meter.say(`reading the dump ${path.posix.dirname(backup.keys[0] ?? '')}/ to its end`);
  const versions = await compareVersions(backup);
  const inspection = await inspectDump({ signal: ctx.signal, received: meter.received }, store, backup);
  const { rows, problems, uncounted } = inspection;
  const evidence = [
    await ctx.attach('dump-rows.json', `${JSON.stringify({ rows, uncounted, problems }, undefined, 2)}\n`),
  ];
  const version = inspection.problems.map(newerArchive).find((found) => found !== undefined);
  const tools: Check = version === undefined ? versions : tooNew(versions, version);
  ctx.check(tools);
  const hash = judgeHashes(backup, inspection);
  if (hash) ctx.check(hash);
  ctx.check({ ...judgeReadable(inspection, tools), evidence });
  ctx.check({ ...judgeContents(inspection), evidence });
  ctx.metric({ key: 'database_dump_rows', value: total(rows), unit: 'rows' });
  return problems.length === 0 && uncounted.length === 0 ? { ...backup, rows } : backup;
}

/** Undefined without a manifest: there is nothing to hold the dump against, and that is not a pass. */
function judgeHashes({ sha256, keys }: DatabaseBackup, inspection: DumpInspection): Check | undefined {
  const listed = keys.filter((key) => sha256[key] !== undefined);
  if (listed.length === 0) return undefined;
  const differing = listed.filter((key) => inspection.sha256[key] !== sha256[key]);
  const unlisted = keys.length - listed.length;
  const base = {
    id: 'backup.database.hash',
    claim: 'The database dump has the hash that its manifest gives',
    expected: `${listed.length} ${listed.length === 1 ? 'file' : 'files'} with the SHA-256 of the manifest`,
  };
  if (differing.length === 0 && unlisted === 0) return { ...base, verdict: 'passed', seen: 'the same' };
  const [first = ''] = differing;
  return differing.length === 0
    ? { ...base, verdict: 'unverified', seen: `${unlisted} of ${keys.length} files are not in the manifest` }
    : {
        ...base,
        verdict: 'missed',
        code: 'BACKUP_HASH_DIFFERS',
        seen: `${differing.length} differ: "${first}" has ${inspection.sha256[first] ?? 'no hash'}, the manifest says ${sha256[first]}`,
        hint: 'The dump changed after it was taken: look at the upload, and restore an older version of the object.',
      };
}

function judgeReadable({ problems, rows }: DumpInspection, versions: Check): Check {
  const base = {
    id: 'backup.database.readable',
    claim: 'The database dump can be read to its end',
    expected: 'every byte decompressed, every table closed, the last line there',
  };
  const [first] = problems;
  if (first === undefined)
    return { ...base, verdict: 'passed', seen: `${total(rows)} rows in ${Object.keys(rows).length} tables` };
  const seen = shorten(first) + (problems.length > 1 ? ` (and ${problems.length - 1} more)` : '');
  if (versions.verdict === 'missed')
    return { ...base, verdict: 'unverified', seen, hint: 'These tools are too old to tell.' };
  return {
    ...base,
    verdict: 'missed',
    code: 'BACKUP_UNREADABLE',
    seen,
    hint: 'This dump will not restore: take a new one, and find out where it broke (pg_dump, its pipe, the upload, the store).',
  };
}

function judgeContents({ tables, rows, problems }: DumpInspection): Check {
  const absent = WANTED.filter((table) => !tables.some((name) => name.split('.')[1] === table));
  const empty = ['users', 'db_migrations'].filter((table) => rows[`public.${table}`] === 0);
  const base = {
    id: 'backup.database.is-mattermost',
    claim: 'The database dump is of a Mattermost database',
    expected: `tables ${WANTED.join(', ')}, with users and migrations in them`,
  };
  if (absent.length === 0 && empty.length === 0)
    return { ...base, verdict: 'passed', seen: `these among ${tables.length} tables` };
  if (problems.length > 0 && tables.length === 0)
    return { ...base, verdict: 'unverified', seen: 'the dump cannot be read far enough to tell' };
  const seen =
    tables.length === 0
      ? 'no table at all: an empty database was dumped'
      : absent.length > 0
        ? `no ${absent.join(', no ')} among ${tables.length} tables (${tables.slice(0, 5).join(', ')})`
        : `${empty.join(' and ')} without a row`;
  return {
    ...base,
    verdict: 'missed',
    code: 'NOT_MATTERMOST',
    seen,
    hint: 'Check which database the backup job dumps, and that its user may read all tables.',
  };
}

/** Archive versions by the first PostgreSQL that reads them: K_VERS_MAX in src/bin/pg_dump/pg_backup_archiver.h. */
async function compareVersions({ dumpedBy, format }: DatabaseBackup): Promise<Check> {
  const tool = format === 'plain' ? 'psql' : 'pg_restore';
  const ours = (await findTool(tool))?.version;
  const base = {
    id: 'backup.database.tool-version',
    claim: `${tool} is not older than the pg_dump that made the dump`,
    expected: `${tool} ${major(dumpedBy) ?? '?'} or newer`,
    seen: `${tool} ${ours ?? 'missing'}; dumped by pg_dump ${dumpedBy ?? 'of unknown version'}`,
  };
  const [have, need] = [major(ours), major(dumpedBy)];
  if (need === undefined || have === undefined) return { ...base, verdict: 'unverified' };
  if (have >= need) return { ...base, verdict: 'passed' };
  return {
    ...base,
    verdict: 'missed',
    code: 'DUMP_NEWER_THAN_TOOLS',
    hint: `Install PostgreSQL ${need} (server and client) where the drill, and a real recovery, restores.`,
  };
}

/** The archive format's version that pg_restore will not read, out of its own complaint. */
function newerArchive(problem: string): string | undefined {
  return /unsupported version \(([\d.]+)\) in file header/.exec(problem)?.[1];
}

/** Whatever the header says of the pg_dump that made it: our tools cannot read its format. */
function tooNew(versions: Check, archive: string): Check {
  return {
    ...versions,
    verdict: 'missed',
    code: 'DUMP_NEWER_THAN_TOOLS',
    seen: `${versions.seen}; its archive has version ${archive}, which ours does not read`,
    hint: 'Install PostgreSQL of the version that made the dump (server and client) where the drill, and a real recovery, restores.',
  };
}

function major(version: string | null | undefined): number | undefined {
  const found = /^\d+/.exec(version ?? '')?.[0];
  return found === undefined ? undefined : Number(found);
}

const total = (rows: Readonly<Record<string, number>>): number =>
  Object.values(rows).reduce((sum, count) => sum + count, 0);

/** The first line that says what is wrong. Never more: what follows may quote rows. */
function shorten(problem: string): string {
  const line = problem.split('\n').find((text) => /error/i.test(text)) ?? problem.split('\n')[0] ?? '';
  return line.replace(/^\S*pg_restore\S*: (?:error: )?/, '').slice(0, 300);
}
