import { quoteIdentifier, withClient, type Target } from './target.ts';

/** Exact rows of every ordinary table outside PostgreSQL's own schemas, by qualified name. */
export function countRows(target: Target): Promise<Record<string, number>> {
  return withClient(target, async (client) => {
    const tables = await client.query<{ schema: string; name: string }>(
      `select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`,
    );
    if (tables.rows.length === 0) return {};
    const counts = tables.rows.map(
      ({ schema, name }, index) =>
        `select ${index} as table, count(*) as rows from ${quoteIdentifier(schema)}.${quoteIdentifier(name)}`,
    );
    const { rows } = await client.query<{ table: number; rows: string }>(counts.join(' union all '));
    return Object.fromEntries(
      rows.map((row) => {
        const { schema = '', name = '' } = tables.rows[row.table] ?? {};
        return [`${schema}.${name}`, Number(row.rows)];
      }),
    );
  });
}
