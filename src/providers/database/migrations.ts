import type { Client } from 'pg';

/** The list of schema migrations that Mattermost keeps. */
export async function readMigrations(client: Client): Promise<{ version: number; name: string }[]> {
  const { rows } = await client.query<{ version: number; name: string }>(
    'SELECT version::int AS version, name FROM db_migrations ORDER BY version, name',
  );
  return rows;
}
