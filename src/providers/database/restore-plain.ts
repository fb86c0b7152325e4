import { Readable } from 'node:stream';
import { requireTool } from '../../support/tools.ts';
import { createDeferral } from './deferral.ts';
import { openDownload } from './download.ts';
import { damaged } from './pg-restore.ts';
import { createPlainFilter } from './plain-filter.ts';
import { restricted } from './psql-restriction.ts';
import type { RestoredDump, RestoreJob } from './restore-dump.ts';
import { restoreFailure } from './restore-failure.ts';
import type { SqlEntry } from './sql-scanner.ts';
import { runInOrder, runStatements, type Statement } from './statements.ts';
import { targetEnvironment } from './target.ts';
import { withoutRows } from './without-rows.ts';

/**
 * SQL, streamed from the store into psql without touching the disk. Keys and indexes are held back on the way and
 * built afterwards by as many connections as there are jobs: psql has only one.
 */
export async function restorePlain(job: RestoreJob): Promise<RestoredDump> {
  const [key = ''] = job.backup.keys;
  const deferral = createDeferral();
  const later: SqlEntry[] = [];
  const filter = createPlainFilter((entry) => {
    if (deferral.defers(entry)) return false;
    if (!['INDEX', 'CONSTRAINT', 'FK CONSTRAINT', 'COMMENT'].includes(entry.type)) return true;
    later.push(entry);
    return false;
  });
  job.say('downloading the dump and loading it');
  await runPsql(job, restricted(filter.read(await openDownload(job, key))));
  const { rows } = filter.scanned();

  const { signal, settings } = job;
  job.say(`building ${later.length} keys and indexes`);
  const options = { signal, settings };
  await runStatements(
    job.target,
    later.filter(({ type }) => type === 'INDEX' || type === 'CONSTRAINT').map(toStatement),
    {
      ...options,
      jobs: job.jobs,
    },
  );
  const rest = later.filter(({ type }) => type === 'FK CONSTRAINT' || type === 'COMMENT');
  if (rest.length > 0) await runInOrder(job.target, rest.map(toStatement), options);
  return { ...deferral.plan(), rows: Object.fromEntries(rows) };
}

async function runPsql(
  { exec, signal, target, settings }: RestoreJob,
  source: AsyncIterable<Buffer>,
): Promise<void> {
  const command = await requireTool('psql');
  const args = [
    '--no-psqlrc',
    '--quiet',
    '--set=ON_ERROR_STOP=1',
    '--set=VERBOSITY=terse',
    '--output=/dev/null',
    '--file=-',
  ];
  const env = targetEnvironment(target, settings);
  const input = Readable.from(source, { objectMode: false });
  let sourceError: unknown;
  input.once('error', (error) => (sourceError = error));
  const result = await exec(command, [...args, `--dbname=${target.database}`], {
    env,
    input,
    accept: [0, 1, 2, 3],
    keep: withoutRows,
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw sourceError === undefined ? error : damaged(sourceError);
  });
  signal.throwIfAborted();
  // psql itself has failed when the pipe broke because of it.
  if (result.exitCode !== 0 && result.stderr.trim() !== '') throw restoreFailure('psql', result.stderr);
  if (sourceError !== undefined) throw damaged(sourceError);
  if (result.exitCode !== 0) throw restoreFailure('psql', `ended with exit code ${result.exitCode}`);
}

function toStatement({ name, schema, sql }: SqlEntry): Statement {
  const table = /^(?:ALTER TABLE (?:ONLY )?|CREATE (?:UNIQUE )?INDEX \S+ ON (?:ONLY )?)(\S+)/m.exec(sql)?.[1];
  return {
    name: `${schema}.${name}`,
    table: table?.replaceAll('"', '') ?? null,
    sql: sql.replaceAll(/^SET \w+ = .*;\n/gm, ''),
  };
}
