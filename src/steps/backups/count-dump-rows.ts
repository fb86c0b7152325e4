import type { StepContext } from '../../model/drill.ts';
import type { DatabaseBackup } from '../../model/facts.ts';
import { inspectDump } from './inspect-dump.ts';
import { openBackupStore } from './open-stores.ts';

/** Rows in a dump by qualified table, for a drill that has not inspected it before. */
export async function countDumpRows(
  ctx: StepContext,
  backup: DatabaseBackup,
): Promise<Readonly<Record<string, number>>> {
  await using store = await openBackupStore(ctx);
  const { rows } = await inspectDump(ctx, store, backup);
  return rows;
}
