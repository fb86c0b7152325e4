import type { Client } from 'pg';
import { quoteIdentifier, quoteLiteral } from '../providers/database/target.ts';
import type { TableState } from './format.ts';

/** Columns that say when something happened, in milliseconds since 1970. */
const TIMES = ['createat', 'updateat'];

export interface ReadTablesOptions {
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

interface FoundTable {
  readonly schema: string;
  readonly name: string;
  readonly times: readonly string[];
}

/**
 * Rows, checksum and newest rows of every table that a dump holds, sorted by name: one scan per table, shared among the
 * connections. The checksum does not depend on the order of rows, and goes by their text: PostgreSQL's own hash of a
 * row takes enum values by a number that is another one after each restore. It is summed up as numeric, because equal
 * rows would cancel each other out in an exclusive or.
 */
export async function readTables(
  clients: readonly Client[],
  { signal, say }: ReadTablesOptions,
): Promise<readonly TableState[]> {
  const [first] = clients;
  if (first === undefined) return [];
  const tables = await findTables(first);
  const queue = tables.values();
  const states: TableState[] = [];
  const work = async (client: Client) => {
    for (const table of queue) {
      signal.throwIfAborted();
      states.push(await readTable(client, table));
      if (states.length % 20 === 0) say(`${states.length} of ${tables.length} tables are read`);
    }
  };
  await Promise.all(clients.map(work));
  return states.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The largest first, so that no connection is left alone with it. What an extension brings is no data of the site. */
async function findTables(client: Client): Promise<readonly FoundTable[]> {
  const { rows } = await client.query<FoundTable>(
    `SELECT n.nspname AS schema, c.relname AS name,
            ARRAY(SELECT attname::text FROM pg_attribute
                   WHERE attrelid = c.oid AND attname IN (${TIMES.map(quoteLiteral).join(', ')})
                     AND atttypid = 'bigint'::regtype AND NOT attisdropped ORDER BY attname) AS times
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND c.relpersistence <> 't'
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND NOT EXISTS (SELECT FROM pg_depend d
                         WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
      ORDER BY pg_relation_size(c.oid) DESC, 1, 2`,
  );
  return rows;
}

async function readTable(client: Client, { schema, name, times }: FoundTable): Promise<TableState> {
  const newest = times.map((column, index) => `, max(${quoteIdentifier(column)})::float8 AS time${index}`);
  const { rows } = await client.query<Record<string, unknown> & { rows: string; hash: string }>(
    `SELECT count(*) AS rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text AS hash${newest.join('')}
       FROM ${quoteIdentifier(schema)}.${quoteIdentifier(name)} AS t`,
  );
  const [row] = rows;
  return {
    name: `${schema}.${name}`,
    rows: Number(row?.rows ?? 0),
    hash: row?.hash ?? '0',
    newest: Object.fromEntries(
      times.map((column, index) => [column, (row?.[`time${index}`] as number | null | undefined) ?? null]),
    ),
  };
}
