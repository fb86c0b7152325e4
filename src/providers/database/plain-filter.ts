import type { Readable } from 'node:stream';
import { DrillError } from '../../model/errors.ts';
import { createSqlScanner, type ScannedSql, type SqlEntry } from './sql-scanner.ts';

/** Objects that belong to production's server, or that would leave the scratch database for another one. */
const NOT_OURS = new Set([
  'DATABASE',
  'DATABASE PROPERTIES',
  'ACL',
  'DEFAULT ACL',
  'TABLESPACE',
  'SECURITY LABEL',
]);

/**
 * Turns a plain dump into what may be run in the scratch: no owners, no grants, no other database, no tablespaces and
 * no commands to psql, wherever the dump came from. `keep` decides about each object that is left.
 */
export function createPlainFilter(keep: (entry: SqlEntry) => boolean) {
  let out: Buffer[] = [];
  const scanner = createSqlScanner({
    entry(entry) {
      if (NOT_OURS.has(entry.type) || (entry.type === 'COMMENT' && entry.name.startsWith('DATABASE ')))
        return;
      const sql = entry.type === '' ? keepSettings(entry.sql) : withoutOwner(entry.sql);
      if (entry.type === '' || keep({ ...entry, sql })) out.push(Buffer.from(sql));
      // A held-back object must not take the session defaults with it that pg_dump put behind it.
      else out.push(Buffer.from(keepSettings(sql)));
    },
    data: (bytes) => void out.push(bytes),
  });
  let scanned: ScannedSql | undefined;

  return {
    async *read(source: Readable): AsyncGenerator<Buffer> {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        scanner.push(chunk);
        yield* take();
      }
      scanned = scanner.end();
      if (!scanned.isComplete) throw cutOff(scanned);
      yield* take();
    },
    /** Only after everything was read. */
    scanned(): ScannedSql {
      if (scanned === undefined) throw new DrillError('HARNESS_BUG', 'the dump was not read to its end');
      return scanned;
    },
  };

  function* take(): Generator<Buffer> {
    const ready = out;
    out = [];
    yield* ready;
  }
}

/** What stands outside any object: session settings are kept, DROPs of --clean and psql's own commands are not. */
function keepSettings(sql: string): string {
  const lines = sql.split('\n').filter((line) => /^(?:SET|SELECT pg_catalog\.set_config)\b.*;$/.test(line));
  return withoutOwner(lines.map((line) => `${line}\n`).join(''));
}

function withoutOwner(sql: string): string {
  return sql.replaceAll(/^(?:ALTER [A-Z ]+ .* OWNER TO .*;|SET default_tablespace = .*;|\\.*)\n/gm, '');
}

function cutOff({ openTable }: ScannedSql): DrillError {
  const where = openTable === undefined ? 'before its last line' : `inside the rows of ${openTable}`;
  return new DrillError('RESTORE_FAILED', `the database dump ends ${where}: it is cut off`, {
    hint: 'Take a new dump, and find out where this one broke: pg_dump, its pipe, the upload or the store.',
  });
}
