import type { Client } from 'pg';

export type Row = Readonly<Record<string, unknown>>;

const BATCH = 2_000;

/** Inserts rows, thousands at a time. All must have the same columns; those left out get their defaults. */
export async function insertRows(client: Client, table: string, rows: readonly Row[]): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const columns = Object.keys(first)
    .map((name) => client.escapeIdentifier(name))
    .join(', ');
  const insert = `insert into ${table} (${columns})
    select ${columns} from json_populate_recordset(null::${table}, $1)`;
  for (let start = 0; start < rows.length; start += BATCH) {
    await client.query(insert, [JSON.stringify(rows.slice(start, start + BATCH))]);
  }
}
