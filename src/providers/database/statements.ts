import type { Client } from 'pg';
import type { DeferredStatement } from './deferral.ts';
import { restoreFailure } from './restore-failure.ts';
import { withClient, type Target } from './target.ts';

export type Statement = Pick<DeferredStatement, 'name' | 'table' | 'sql'>;

export interface RunOptions {
  readonly jobs: number;
  readonly signal: AbortSignal;
  /** For each session. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Called after each statement. */
  readonly onDone?: (statement: Statement) => void;
}

/**
 * Runs statements that do not depend on each other over several connections, those on the biggest tables first: the
 * longest one decides when all are done. Rejects with RESTORE_FAILED for the first that fails, and starts no more.
 */
export async function runStatements(
  target: Target,
  statements: readonly Statement[],
  options: RunOptions,
): Promise<void> {
  const { jobs, signal, settings = {}, onDone } = options;
  const waiting = await biggestFirst(target, statements);
  let failed = false;
  const workers = Array.from({ length: Math.min(jobs, waiting.length) }, () =>
    withClient(target, async (client) => {
      await configure(client, settings);
      for (let next = waiting.shift(); next !== undefined && !failed; next = waiting.shift()) {
        signal.throwIfAborted();
        await runOne(client, next, signal);
        onDone?.(next);
      }
    }).catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  const outcomes = await Promise.allSettled(workers);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

/** Runs statements one after the other, in the order given. */
export async function runInOrder(
  target: Target,
  statements: readonly Statement[],
  options: Omit<RunOptions, 'jobs'>,
): Promise<void> {
  await withClient(target, async (client) => {
    await configure(client, options.settings ?? {});
    for (const statement of statements) {
      options.signal.throwIfAborted();
      await runOne(client, statement, options.signal);
      options.onDone?.(statement);
    }
  });
}

async function runOne(client: Client, { name, sql }: Statement, signal: AbortSignal): Promise<void> {
  // An index can take an hour: an interrupted run must not wait for it. The server ends the statement with the session.
  const giveUp = () => void client.end().catch(() => {});
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    await client.query(sql);
  } catch (error) {
    signal.throwIfAborted();
    throw restoreFailure('SQL', error instanceof Error ? `ERROR: ${error.message}` : String(error), {
      statement: name,
    });
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

async function configure(client: Client, settings: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(settings))
    await client.query('select set_config($1, $2, false)', [name, value]);
}

async function biggestFirst(target: Target, statements: readonly Statement[]): Promise<Statement[]> {
  const tables = [...new Set(statements.map(({ table }) => table).filter((table) => table !== null))];
  const { rows } = await withClient(target, (client) =>
    client.query<{ name: string; bytes: string }>(
      `select n.nspname || '.' || c.relname as name, pg_table_size(c.oid) as bytes
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname || '.' || c.relname = any($1)`,
      [tables],
    ),
  );
  const bytes = new Map(rows.map((row) => [row.name, Number(row.bytes)]));
  const size = ({ table }: Statement) => bytes.get(table ?? '') ?? 0;
  return statements.toSorted((a, b) => size(b) - size(a));
}
