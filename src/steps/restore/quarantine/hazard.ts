import type { Client } from 'pg';
import { tableExists } from '../../../providers/database/table-exists.ts';

/** Which check a hazard belongs to: `quarantine.<group>`. */
export const HAZARD_GROUPS = ['credentials', 'integrations', 'schedules'] as const;
export type HazardGroup = (typeof HAZARD_GROUPS)[number];

/** Rows that would act on the outside, or let somebody in, as soon as a server starts on them. */
export interface Hazard {
  readonly group: HazardGroup;
  /** The table that holds them. An older Mattermost may not have it. */
  readonly table: string;
  /** "sessions and push devices" */
  readonly what: string;
  /** What would happen. */
  readonly otherwise: string;
  /** A condition on the table's rows (as `t`): true for each one that is still dangerous. */
  readonly armed: string;
  /** Takes the danger out of them: `delete`, or the assignments of an UPDATE. */
  readonly disarm: 'delete' | string;
}

export interface Disarmed {
  readonly hazard: Hazard;
  /** Undefined: the table is not there. */
  readonly rows: number | undefined;
}

/** Makes the rows of one hazard harmless, and says how many there were. */
export async function disarm(client: Client, hazard: Hazard): Promise<Disarmed> {
  if (!(await tableExists(client, hazard.table))) return { hazard, rows: undefined };
  const { table, armed, disarm: how } = hazard;
  const statement =
    how === 'delete'
      ? `DELETE FROM ${table} AS t WHERE ${armed}`
      : `UPDATE ${table} AS t SET ${how} WHERE ${armed}`;
  return { hazard, rows: (await client.query(statement)).rowCount ?? 0 };
}

/** Looks again, as if nothing had been done: how many rows are dangerous now? */
export async function countArmed(client: Client, { table, armed }: Hazard): Promise<number> {
  if (!(await tableExists(client, table))) return 0;
  const { rows } = await client.query<{ n: number }>(
    `SELECT count(*)::float8 AS n FROM ${table} AS t WHERE ${armed}`,
  );
  return rows[0]?.n ?? 0;
}
