import type { Client } from 'pg';

/**
 * What the text of a row depends on, set alike on both sides. Policies that hide rows make the query fail instead of
 * answering with fewer.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  timezone: 'UTC',
  datestyle: 'ISO, MDY',
  intervalstyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  row_security: 'off',
  statement_timeout: '0',
  jit: 'off',
};

/** Begins a read-only transaction that sees one moment: its own, or the one of another session's snapshot. */
export async function beginReading(client: Client, snapshot?: string): Promise<void> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  if (snapshot !== undefined)
    await client.query(`SET TRANSACTION SNAPSHOT ${client.escapeLiteral(snapshot)}`);
  for (const [name, value] of Object.entries(SETTINGS))
    await client.query(`SET LOCAL ${name} = ${client.escapeLiteral(value)}`);
}

const AT_A_TIME = 5_000;

/** The rows of a query in pages, so that memory does not grow with them. Needs a transaction. */
export async function* readPages<T extends object>(
  client: Client,
  query: string,
  signal: AbortSignal,
): AsyncGenerator<readonly T[]> {
  await client.query(`DECLARE pages NO SCROLL CURSOR FOR ${query}`);
  for (;;) {
    signal.throwIfAborted();
    const { rows } = await client.query<T>(`FETCH ${AT_A_TIME} FROM pages`);
    if (rows.length > 0) yield rows;
    if (rows.length < AT_A_TIME) break;
  }
  await client.query('CLOSE pages');
}
