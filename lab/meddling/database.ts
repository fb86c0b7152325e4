import type { RestoredCopy } from '../sabotages/sabotage.ts';

/** Undoes what a site has written when it can no longer notice: in the very moment of the commit. */
export async function afterCommit(
  query: RestoredCopy['query'],
  event: 'insert' | 'update',
  table: string,
  statement: string,
): Promise<void> {
  await query(`create function meddle_with_${table}() returns trigger language plpgsql
    as $$ begin ${statement}; return null; end $$`);
  await query(`create constraint trigger meddle_with_${table} after ${event} on ${table}
    deferrable initially deferred for each row when (pg_trigger_depth() = 0)
    execute function meddle_with_${table}()`);
}

/** Ends the site's own connections, so that it has to open new ones. */
export async function endSessions(query: RestoredCopy['query']): Promise<void> {
  await query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and usename = current_user and pid <> pg_backend_pid()`,
  );
}
