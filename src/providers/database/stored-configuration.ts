import type { Client } from 'pg';
import { tableExists } from './table-exists.ts';

/** Mattermost's own, by section: `config.json`, or what stands for it in the database. */
export type Configuration = Readonly<Record<string, unknown>>;

/** The active configuration in the database; undefined when the site keeps it in a file, or an older row is all. */
export async function readStoredConfiguration(client: Client): Promise<Configuration | undefined> {
  if (!(await tableExists(client, 'configurations'))) return undefined;
  const { rows } = await client.query<{ value: string }>('SELECT value FROM configurations WHERE active');
  return rows[0] && (JSON.parse(rows[0].value) as Configuration);
}
