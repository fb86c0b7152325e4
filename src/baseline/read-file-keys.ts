import type { Client } from 'pg';
import { readPages } from './session.ts';

/** What is stored once and never written again under the same key. Pictures of people and teams are. */
const NAMED = `
  SELECT path AS key FROM fileinfo WHERE deleteat = 0 AND NOT coalesce(archived, false)
   UNION ALL SELECT thumbnailpath FROM fileinfo WHERE deleteat = 0 AND NOT coalesce(archived, false)
   UNION ALL SELECT previewpath FROM fileinfo WHERE deleteat = 0 AND NOT coalesce(archived, false)
   UNION ALL SELECT 'emoji/' || id || '/image' FROM emoji WHERE deleteat = 0`;

/** The key of every object that the database says is stored: attachments, their previews, emoji. Sorted, each once. */
export const readFileKeys = (
  client: Client,
  signal: AbortSignal,
): AsyncGenerator<readonly { readonly key: string }[]> =>
  readPages<{ key: string }>(
    client,
    `SELECT DISTINCT key COLLATE "C" AS key FROM (${NAMED}) AS named WHERE key <> '' ORDER BY 1`,
    signal,
  );

/** For `findUnnamed`: so many that its scans of the table do not grow with the files, and memory does not either. */
export const KEYS_AT_A_TIME = 50_000;

/** Which of these keys no row names: not even one of a file that was deleted or archived. */
export async function findUnnamed(client: Client, keys: readonly string[]): Promise<readonly string[]> {
  const { rows } = await client.query<{ key: string }>(
    `SELECT key FROM unnest($1::text[]) AS wanted(key)
     EXCEPT (SELECT path FROM fileinfo UNION ALL SELECT thumbnailpath FROM fileinfo
             UNION ALL SELECT previewpath FROM fileinfo UNION ALL SELECT 'emoji/' || id || '/image' FROM emoji)`,
    [keys],
  );
  return rows.map(({ key }) => key);
}
