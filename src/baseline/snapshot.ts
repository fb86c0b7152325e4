import { availableParallelism } from 'node:os';
import type { Client } from 'pg';
import { DrillError } from '../model/errors.ts';
import { connect, type Target } from '../providers/database/target.ts';
import { beginReading } from './session.ts';

/** One moment of the primary, seen by several connections. Disposing of it lets go of the moment. */
export interface Snapshot extends AsyncDisposable {
  /** As `pg_dump --snapshot` takes it. */
  readonly id: string;
  readonly takenAt: Date;
  readonly clients: readonly [Client, ...Client[]];
}

/**
 * Takes a snapshot of the primary, or joins the one of a session that holds it. Everything on it is read-only. Rejects
 * with DATABASE_UNREACHABLE, and with USAGE_INVALID when nobody holds a snapshot of that name.
 */
export async function openSnapshot(target: Target, given?: string): Promise<Snapshot> {
  const first = await connect(target);
  const clients: [Client, ...Client[]] = [first];
  const close = async () => {
    for (const client of clients) await client.end().catch(() => {});
  };
  try {
    await beginReading(first, given).catch((cause: unknown) => {
      throw given === undefined ? cause : noSuchSnapshot(given, cause);
    });
    const { rows } = await first.query<{ at: Date; id: string }>(
      `SELECT transaction_timestamp() AS at, ${given === undefined ? 'pg_export_snapshot()' : '$1::text'} AS id`,
      given === undefined ? [] : [given],
    );
    const { at = new Date(), id = '' } = rows[0] ?? {};
    // The first one is kept free: it holds the moment, and reads what is small.
    for (let more = Math.min(4, availableParallelism()); more > 0; more--) {
      const client = await connect(target);
      clients.push(client);
      await beginReading(client, id);
    }
    return { id, takenAt: at, clients, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

function noSuchSnapshot(id: string, cause: unknown): DrillError {
  return new DrillError('USAGE_INVALID', `there is no snapshot "${id}" on the primary`, {
    cause,
    hint: 'The session that exported it has to stay open in its transaction; or let `muster baseline -- COMMAND` make one.',
  });
}
