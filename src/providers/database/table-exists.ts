import type { Client } from 'pg';

/** Whether the search path leads to a table or view of this name. */
export async function tableExists(client: Client, table: string): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [
    table,
  ]);
  return rows[0]?.there === true;
}
