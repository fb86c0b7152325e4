import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { DrillError } from '../../src/model/errors.ts';
import type { Compression, DumpFormat } from '../../src/model/facts.ts';
import { requireTool } from '../../src/support/tools.ts';

export interface DumpSource {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export interface DumpOptions {
  readonly format: DumpFormat;
  readonly compression: Compression;
  /** Where the dump is put; must exist. */
  readonly folder: string;
  /** Of another session; pg_dump sees what it sees. */
  readonly snapshot?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const TYPES = { custom: 'dump', directory: 'dir', plain: 'sql' } as const;
const SUFFIXES = { none: '', gzip: '.gz', zstd: '.zst' } as const;

/**
 * Runs the real pg_dump; resolves to the file's or folder's name. The archive formats compress by themselves with
 * gzip; plain text, and custom with zstd (which pg_dump has from 16 on), are packed as a whole.
 */
export async function dumpDatabase(
  source: DumpSource,
  { format, compression, folder, snapshot, signal }: DumpOptions,
): Promise<string> {
  const own = format !== 'plain' && compression === 'gzip';
  const outside = format === 'directory' || own ? 'none' : compression;
  const name = `mattermost.${TYPES[format]}`;
  const file = path.join(folder, name);
  // Neither the command line nor the environment shows the password: other users of the machine can read the one,
  // and root's tools log the other.
  const passFile = path.join(folder, '.pgpass');
  await writeFile(
    passFile,
    `${[source.host, source.port, source.database, source.user, source.password].map(escape).join(':')}\n`,
    {
      mode: 0o600,
    },
  );
  const env = {
    PGHOST: source.host,
    PGPORT: String(source.port),
    PGUSER: source.user,
    PGDATABASE: source.database,
    PGPASSFILE: passFile,
    LC_ALL: 'C',
  };
  await run(
    await requireTool('pg_dump'),
    [
      ...[`--format=${format}`, `--compress=${own ? 6 : 0}`, '--no-password', `--file=${file}`],
      ...(snapshot === undefined ? [] : [`--snapshot=${snapshot}`]),
    ],
    env,
    signal,
  );
  if (outside === 'none') return name;
  if (outside === 'zstd') await run(await requireTool('zstd'), ['--quiet', '--rm', file], {}, signal);
  else await run('gzip', [file], {}, signal);
  return name + SUFFIXES[outside];
}

/** "15.18", from `pg_dump --version`. */
export async function dumpVersion(): Promise<string> {
  const { stdout } = await execa(await requireTool('pg_dump'), ['--version']);
  return /(\d+(?:\.\d+)+)/.exec(stdout)?.[1] ?? 'unknown';
}

async function run(
  command: string,
  args: readonly string[],
  env: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const result = await execa(command, args, { env, reject: false, ...(signal && { cancelSignal: signal }) });
  signal?.throwIfAborted();
  if (result.failed) {
    throw new DrillError(
      'LAB_FAILED',
      `${path.basename(command)} failed with exit code ${result.exitCode ?? result.signal}: ${result.stderr}`,
      {
        hint: "The lab cannot take its backups. Check that the lab's database answers.",
      },
    );
  }
}

/** In a password file, colons and backslashes are escaped (PostgreSQL documentation, "The Password File"). */
function escape(field: string | number): string {
  return String(field).replace(/[\\:]/g, '\\$&');
}
