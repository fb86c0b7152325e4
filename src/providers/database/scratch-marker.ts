import type { Client } from 'pg';
import { quoteIdentifier, quoteLiteral } from './target.ts';

const PREFIX = 'muster scratch of run ';

/** Marks the database that a run made, so that quarantine and undo can insist on it. */
export async function markScratch(client: Client, database: string, runId: string): Promise<void> {
  await client.query(`comment on database ${quoteIdentifier(database)} is ${quoteLiteral(PREFIX + runId)}`);
}

export interface ScratchMark {
  readonly exists: boolean;
  /** The run that made it; undefined for a database that no run of ours made. */
  readonly runId: string | undefined;
}

/** Who made a database, asked on any connection to its server. */
export async function readScratchMark(client: Client, database: string): Promise<ScratchMark> {
  const { rows } = await client.query<{ mark: string | null }>(
    `select shobj_description(oid, 'pg_database') as mark from pg_database where datname = $1`,
    [database],
  );
  const mark = rows[0]?.mark ?? '';
  return { exists: rows.length > 0, runId: mark.startsWith(PREFIX) ? mark.slice(PREFIX.length) : undefined };
}
