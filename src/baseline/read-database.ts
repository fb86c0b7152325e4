import type { Client } from 'pg';
import { days } from '../model/duration.ts';
import { readMigrations } from '../providers/database/migrations.ts';
import { readStoredConfiguration } from '../providers/database/stored-configuration.ts';
import type { DatabaseState } from './format.ts';
import { pickSettings } from './settings.ts';

/** How far back messages are counted by day. */
const DAYS_BACK = 60;

/** All that is small and tells one database of Mattermost from another. `upTo` is the last day that is counted. */
export async function readDatabase(client: Client, upTo: Date): Promise<DatabaseState> {
  const { rows } = await client.query<{
    version: string;
    encoding: string;
    collation: string;
    collationVersion: string | null;
    diagnosticId: string | null;
  }>(
    // Before PostgreSQL 15 a database has no version of its collation: then the row as JSON has no such key.
    `SELECT current_setting('server_version') AS version, pg_encoding_to_char(d.encoding)::text AS encoding,
            d.datcollate::text AS collation, to_jsonb(d) ->> 'datcollversion' AS "collationVersion",
            (SELECT encode(sha256(convert_to(value, 'UTF8')), 'hex') FROM systems WHERE name = 'DiagnosticId')
              AS "diagnosticId"
       FROM pg_database d WHERE d.datname = current_database()`,
  );
  const {
    version = '',
    encoding = '',
    collation = '',
    collationVersion = null,
    diagnosticId = null,
  } = rows[0] ?? {};
  return {
    serverVersion: version,
    encoding,
    collation,
    collationVersion,
    diagnosticId,
    migrations: await readMigrations(client),
    sequences: await readSequences(client),
    settings: await readSettings(client),
    postsPerDay: await countPostsPerDay(client, upTo),
  };
}

async function readSequences(client: Client): Promise<DatabaseState['sequences']> {
  const { rows } = await client.query<{ name: string; value: string | null }>(
    `SELECT schemaname || '.' || sequencename AS name, last_value::text AS value FROM pg_sequences
      WHERE schemaname !~ '^pg_' ORDER BY 1`,
  );
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

/** Null where the site does not keep its configuration in the database. */
async function readSettings(client: Client): Promise<DatabaseState['settings']> {
  const stored = await readStoredConfiguration(client);
  return stored === undefined ? null : pickSettings(stored);
}

async function countPostsPerDay(client: Client, upTo: Date): Promise<DatabaseState['postsPerDay']> {
  const last = Math.floor(upTo.getTime() / days(1));
  const first = last - DAYS_BACK;
  // Bounds of the column's own type: only then are the days looked up, and the rest of the history is not read.
  const { rows } = await client.query<{ day: number; posts: number }>(
    `SELECT (createat / 86400000)::int AS day, count(*)::int AS posts FROM posts
      WHERE createat >= $1::bigint AND createat < $2::bigint AND coalesce(originalid, '') = ''
      GROUP BY 1 ORDER BY 1`,
    [first * days(1), (last + 1) * days(1)],
  );
  return {
    from: dayOf(first),
    to: dayOf(last),
    days: Object.fromEntries(rows.map(({ day, posts }) => [dayOf(day), posts])),
  };
}

/** `2026-11-22`, of days since 1970. */
const dayOf = (day: number): string => new Date(day * days(1)).toISOString().slice(0, 10);
