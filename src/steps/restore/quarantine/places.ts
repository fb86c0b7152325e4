import type { Client } from 'pg';
import { tableExists } from '../../../providers/database/table-exists.ts';
import { leaves, type ProductionAddresses } from './production-addresses.ts';

/**
 * Tables that hold settings and integrations. Messages, channel headers, bookmarks and profiles are people's own words
 * and are never looked into. `systems` holds keys: what it names is not rewritten, so an address there stops the run.
 */
const TABLES = [
  { table: 'configurations', remedy: 'rewrite' },
  { table: 'configurationfiles', remedy: 'rewrite' },
  { table: 'systems', remedy: 'none' },
  { table: 'outgoingwebhooks', remedy: 'rewrite' },
  { table: 'incomingwebhooks', remedy: 'rewrite' },
  { table: 'commands', remedy: 'rewrite' },
  { table: 'oauthapps', remedy: 'rewrite' },
  { table: 'outgoingoauthconnections', remedy: 'rewrite' },
  { table: 'remoteclusters', remedy: 'rewrite' },
  { table: 'sharedchannelremotes', remedy: 'rewrite' },
  { table: 'clusterdiscovery', remedy: 'rewrite' },
  { table: 'bots', remedy: 'rewrite' },
  { table: 'jobs', remedy: 'rewrite' },
  { table: 'pluginkeyvaluestore', remedy: 'delete' },
] as const;

/** Where something was found. The value itself may hold a secret and is not told. */
export interface Finding {
  /** `outgoingwebhooks.callbackurls (fr3ye8…)`, `environment MM_SQLSETTINGS_DATASOURCE`. */
  readonly place: string;
  readonly host: string;
}

export interface Scan {
  /** How many values were looked at. */
  readonly places: number;
  readonly findings: readonly Finding[];
}

interface Column {
  readonly name: string;
  readonly type: string;
}

/** Looks for production's addresses in every text of the tables that hold settings and integrations. */
export async function scanDatabase(client: Client, addresses: ProductionAddresses): Promise<Scan> {
  let places = 0;
  const findings: Finding[] = [];
  for (const { table } of TABLES) {
    for await (const { label, values } of readRows(client, table)) {
      for (const [column, value] of values) {
        places += 1;
        for (const host of addresses.find(value)) {
          findings.push({ place: `${table}.${whereIn(column, value, host)} (${label})`, host });
        }
      }
    }
  }
  return { places, findings };
}

/** The same for named values that are in no table: an environment, a file. */
export function scanValues(
  what: string,
  values: Readonly<Record<string, string>>,
  addresses: ProductionAddresses,
): Scan {
  const findings = Object.entries(values).flatMap(([name, value]) =>
    addresses.find(value).map((host) => ({ place: `${what} ${name}`, host })),
  );
  return { places: Object.keys(values).length, findings };
}

/** Puts production's addresses out of reach wherever that is safe, and says in how many rows. */
export async function replaceInDatabase(client: Client, addresses: ProductionAddresses): Promise<number> {
  let changed = 0;
  for (const { table, remedy } of TABLES) {
    if (remedy === 'none') continue;
    for await (const { ctid, values } of readRows(client, table)) {
      const found = values.filter(([, value]) => addresses.find(value).length > 0);
      if (found.length === 0) continue;
      changed += 1;
      if (remedy === 'delete') {
        await client.query(`DELETE FROM ${table} WHERE ctid = $1::tid`, [ctid]);
        continue;
      }
      // One statement for the row: its address changes with each update.
      const assignments = found.map(([column, , type], i) => `"${column}" = $${i + 2}::text::${type}`);
      await client.query(`UPDATE ${table} SET ${assignments.join(', ')} WHERE ctid = $1::tid`, [
        ctid,
        ...found.map(([, value]) => addresses.replace(value)),
      ]);
    }
  }
  return changed;
}

interface Row {
  readonly ctid: string;
  /** Its first column: an id or a name. */
  readonly label: string;
  readonly values: readonly (readonly [column: string, value: string, type: string])[];
}

async function* readRows(client: Client, table: string): AsyncGenerator<Row> {
  if (!(await tableExists(client, table))) return;
  const columns = await readColumns(client, table);
  const texts = columns.map(({ name, type }) =>
    type === 'bytea' ? `encode("${name}", 'escape') AS "${name}"` : `"${name}"::text AS "${name}"`,
  );
  const { rows } = await client.query<Record<string, string | null>>(
    `SELECT ctid::text AS "ctid of the row", ${texts.join(', ')} FROM ${table}`,
  );
  for (const row of rows) {
    yield {
      ctid: row['ctid of the row'] ?? '',
      label: row[columns[0]?.name ?? ''] ?? '',
      values: columns.flatMap(({ name, type }) => {
        const value = row[name];
        return value == null || value === '' ? [] : [[name, value, type] as const];
      }),
    };
  }
}

async function readColumns(client: Client, table: string): Promise<readonly Column[]> {
  const { rows } = await client.query<Column>(
    `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
      WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
        AND format_type(atttypid, NULL) IN
            ('text', 'character varying', 'character', 'json', 'jsonb', 'bytea', 'character varying[]', 'text[]')
      ORDER BY attnum`,
    [table],
  );
  return rows;
}

/** For a configuration, the setting: it says more than the column. */
function whereIn(column: string, value: string, host: string): string {
  if (!value.startsWith('{')) return column;
  try {
    const leaf = leaves(JSON.parse(value)).find((one) => one.value.includes(host));
    return leaf === undefined ? column : `${column} ${leaf.path}`;
  } catch {
    return column;
  }
}
