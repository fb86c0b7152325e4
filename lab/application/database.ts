import { createHash } from 'node:crypto';
import { Pool, types, type ClientConfig, type PoolClient } from 'pg';
import { log } from './log.ts';

// Times and counters are bigint columns; all of them fit a double.
types.setTypeParser(types.builtins.INT8, Number);

/** Newest migration that this server knows: the schema of Mattermost 11.6. */
const SCHEMA_VERSION = 159;

export type Row = Record<string, unknown>;

export interface Database {
  rows<T extends object = Row>(sql: string, values?: readonly unknown[]): Promise<T[]>;
  one<T extends object = Row>(sql: string, values?: readonly unknown[]): Promise<T | undefined>;
  /** Without a prepared plan, for statements whose best plan depends on the values. */
  planned<T extends object = Row>(sql: string, values?: readonly unknown[]): Promise<T[]>;
  transaction<T>(work: (db: Database) => Promise<T>): Promise<T>;
  isHealthy(): Promise<boolean>;
  close(): Promise<void>;
}

/** Opens a pool. Rejects when the server cannot be reached. */
export async function openDatabase(dataSource: string, maxConnections: number): Promise<Database> {
  const pool = new Pool({
    ...connectionOptions(dataSource),
    max: Math.min(Math.max(maxConnections, 1), 16),
    connectionTimeoutMillis: 10_000,
  });
  pool.on('error', (error) => log.warn('An idle database connection was lost', { error }));
  await pool.query('SELECT 1');
  return {
    ...statements(pool),
    async transaction(work) {
      const client = await pool.connect();
      const lost = (error: Error): void => log.warn('A database connection was lost', { error });
      client.on('error', lost);
      try {
        await client.query('BEGIN');
        const result = await work({
          ...statements(client),
          transaction: refuseNesting,
          isHealthy,
          close: refuseNesting,
        });
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      } finally {
        client.off('error', lost);
        client.release();
      }
    },
    isHealthy,
    close: () => pool.end(),
  };

  async function isHealthy(): Promise<boolean> {
    try {
      await pool.query('SELECT 1');
      return true;
    } catch {
      return false;
    }
  }
}

/** Refuses a schema that is not Mattermost's, or newer than this server. */
export async function verifySchema(db: Database): Promise<void> {
  const [found] = await db.rows<{ newest: number | null }>(
    'SELECT max(version) AS newest FROM db_migrations',
  );
  if (!found?.newest) throw new Error('db_migrations is empty: this database holds no Mattermost schema');
  if (found.newest > SCHEMA_VERSION) {
    throw new Error(
      `the database schema is at migration ${found.newest}, newer than ${SCHEMA_VERSION}, which this server knows`,
    );
  }
}

/** Turns a Go-style data source into options for node-postgres, which reads some parameters differently. */
export function connectionOptions(dataSource: string): ClientConfig {
  const url = new URL(dataSource);
  const sslMode = url.searchParams.get('sslmode') ?? 'prefer';
  const timeout = Number(url.searchParams.get('connect_timeout') ?? 10);
  return {
    host: url.searchParams.get('host') ?? decodeURIComponent(url.hostname.replace(/^\[|\]$/g, '')),
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    connectionTimeoutMillis: timeout * 1000,
    ssl: ['require', 'verify-ca', 'verify-full'].includes(sslMode)
      ? { rejectUnauthorized: sslMode !== 'require' }
      : false,
  };
}

const statementNames = new Map<string, string>();

function statements(on: Pool | PoolClient): Pick<Database, 'rows' | 'one' | 'planned'> {
  const rows = async <T extends object>(sql: string, values: readonly unknown[] = []): Promise<T[]> => {
    let name = statementNames.get(sql);
    if (!name) statementNames.set(sql, (name = createHash('sha1').update(sql).digest('hex')));
    return (await on.query<T & Row>({ name, text: sql, values: [...values] })).rows;
  };
  return {
    rows,
    one: async <T extends object>(sql: string, values?: readonly unknown[]) =>
      (await rows<T>(sql, values))[0],
    planned: async <T extends object>(sql: string, values: readonly unknown[] = []) =>
      (await on.query<T & Row>(sql, [...values])).rows,
  };
}

function refuseNesting(): never {
  throw new Error('a transaction is already open');
}
