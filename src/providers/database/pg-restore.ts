import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { DrillError } from '../../model/errors.ts';
import { requireTool } from '../../support/tools.ts';
import { createDeferral, type RestorePlan } from './deferral.ts';
import type { RestoreJob } from './restore-dump.ts';
import { restoreFailure } from './restore-failure.ts';
import { createSqlScanner, type SqlEntry } from './sql-scanner.ts';
import { targetEnvironment } from './target.ts';
import { withoutRows } from './without-rows.ts';

/** The scratch has one role and no tablespaces; whose objects they were in production is not restored. */
const AS_OURS = ['--no-owner', '--no-privileges', '--no-tablespaces'];

type ArchiveJob = Pick<RestoreJob, 'exec' | 'signal' | 'target' | 'settings' | 'jobs' | 'folder' | 'say'>;

export interface ArchiveInput {
  /** Read in place of a file. */
  readonly input?: Readable;
  /** Settles with the download: when that fails, its error is the one to tell. */
  readonly source?: Promise<unknown>;
}

/** Restores a part of an archive. Rejects with RESTORE_FAILED, or as the ground gave way. */
export async function pgRestore(
  job: ArchiveJob,
  args: readonly string[],
  { input, source }: ArchiveInput = {},
): Promise<void> {
  const { exec, signal, target, settings } = job;
  const command = await requireTool('pg_restore');
  const env = targetEnvironment(target, settings);
  const options = ['--dbname', target.database, ...AS_OURS, '--exit-on-error', ...args];
  let sourceError: unknown;
  source?.catch((error: unknown) => (sourceError = error));
  const result = await exec(command, options, {
    env,
    accept: [0, 1],
    keep: withoutRows,
    ...(input && { input }),
  }).catch(async (error: unknown) => {
    signal.throwIfAborted();
    throw sourceError ?? error;
  });
  if (result.exitCode === 0) return;
  signal.throwIfAborted();
  if (sourceError !== undefined) throw damaged(sourceError);
  throw restoreFailure('pg_restore', result.stderr);
}

/** Keys and ordinary indexes from an archive on disk, in parallel; what can wait is returned instead. */
export async function buildKeysAndIndexes(job: ArchiveJob, archive: string): Promise<RestorePlan> {
  const entries = await readPostData(job, archive);
  const views = entries.filter(({ type }) => type === 'MATERIALIZED VIEW DATA');
  const deferral = createDeferral(views.map(({ schema, name }) => `${schema}.${name}`));
  const now = entries.filter((entry) => !deferral.defers(entry));
  const list = path.join(job.folder, 'post-data.list');
  await writeFile(list, now.map(({ dumpId }) => `${dumpId};\n`).join(''));
  job.say(`building ${now.length} keys and indexes`);
  if (now.length > 0)
    await pgRestore(job, ['--section=post-data', '--use-list', list, '--jobs', String(job.jobs), archive]);
  return deferral.plan();
}

/** What comes after the rows, as SQL, with the archive's own numbers. */
async function readPostData({ exec }: ArchiveJob, archive: string): Promise<SqlEntry[]> {
  const command = await requireTool('pg_restore');
  // --verbose is what makes it name each object's number; the same objects cannot be told by name alone.
  const args = ['--verbose', '--section=post-data', ...AS_OURS, '--file=-', archive];
  const { exitCode, stdout, stderr } = await exec(command, args, { env: { LC_ALL: 'C' }, accept: [0, 1] });
  if (exitCode !== 0)
    throw restoreFailure('pg_restore', stderr.replaceAll(/^pg_restore: (?!error).*\n/gm, ''));
  const scanner = createSqlScanner();
  scanner.push(Buffer.from(stdout));
  return scanner.end().entries.filter(({ dumpId, type }) => dumpId !== undefined && type !== '');
}

/** A store's own error as it is; one of the decompressor's is the backup's fault. */
export function damaged(error: unknown): DrillError {
  if (error instanceof DrillError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new DrillError('RESTORE_FAILED', `the database dump cannot be decompressed: ${why}`, {
    cause: error,
    hint: 'The dump is cut off or damaged: take a new one, and find out where it broke.',
  });
}
