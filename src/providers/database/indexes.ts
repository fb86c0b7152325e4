import type { Client } from 'pg';

export interface FoundIndex {
  /** Qualified. */
  readonly name: string;
  /** False for one whose building was broken off. */
  readonly valid: boolean;
}

/** Every index outside PostgreSQL's own schemas. */
export async function readIndexes(client: Client): Promise<FoundIndex[]> {
  const { rows } = await client.query<FoundIndex>(
    `select n.nspname || '.' || c.relname as name, i.indisvalid and i.indisready as valid
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`,
  );
  return rows;
}

export interface FoundView {
  readonly name: string;
  readonly populated: boolean;
}

export async function readMaterializedViews(client: Client): Promise<FoundView[]> {
  const { rows } = await client.query<FoundView>(
    `select schemaname || '.' || matviewname as name, ispopulated as populated from pg_matviews`,
  );
  return rows;
}
