import { runStatements } from './statements.ts';
import { quoteIdentifier, withClient, type Target } from './target.ts';

/**
 * Collects the planner's statistics of all tables, over several connections. To be done before full-text indexes
 * exist: with them, ANALYZE would compute the text vectors of its whole sample, which takes ten times as long.
 */
export async function analyze(target: Target, options: { jobs: number; signal: AbortSignal }): Promise<void> {
  const { rows } = await withClient(target, (client) =>
    client.query<{ schema: string; name: string }>(
      `select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`,
    ),
  );
  await runStatements(
    target,
    rows.map(({ schema, name }) => ({
      name: `analyze ${name}`,
      table: `${schema}.${name}`,
      sql: `analyze ${quoteIdentifier(schema)}.${quoteIdentifier(name)}`,
    })),
    options,
  );
}
