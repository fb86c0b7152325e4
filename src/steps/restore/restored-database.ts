import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { DrillError } from '../../model/errors.ts';
import type { RestoredDatabase } from '../../model/facts.ts';

/** A connection to the restored copy that closes itself: `await using connection = await openRestored(…)`. */
export interface RestoredConnection extends AsyncDisposable {
  readonly client: Client;
}

export interface OpenRestoredOptions {
  /** The server itself refuses every write on this connection. */
  readonly readOnly?: boolean;
  /** One of as many connections as there are processors: a query's own workers would only crowd the others out. */
  readonly amongOthers?: boolean;
}

/** Rejects with DATABASE_UNREACHABLE. The password is read from its file, and never put into an argument. */
export async function openRestored(
  database: RestoredDatabase,
  { readOnly = false, amongOthers = false }: OpenRestoredOptions = {},
): Promise<RestoredConnection> {
  const { host, port, name, user, passwordFile } = database;
  const client = new Client({
    host,
    port,
    user,
    database: name,
    password: (await readFile(passwordFile, 'utf8')).replace(/\n$/, ''),
    application_name: 'muster',
    // Compiling a query costs more than it saves when each runs once.
    options: [
      '-c TimeZone=UTC -c jit=off',
      ...(readOnly ? ['-c default_transaction_read_only=on'] : []),
      ...(amongOthers ? ['-c max_parallel_workers_per_gather=0'] : []),
    ].join(' '),
  });
  // A server that goes away while we are idle must not take the process with it: the next query says so.
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (cause) {
    throw new DrillError('DATABASE_UNREACHABLE', `cannot connect to the restored database ${name}`, {
      cause,
      details: { host, port, user },
      hint: 'Look at the log of the scratch database server in the run folder.',
    });
  }
  return { client, [Symbol.asyncDispose]: () => client.end() };
}
