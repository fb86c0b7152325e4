import type { Client } from 'pg';
import type { StepContext } from '../../../model/drill.ts';
import { DrillError } from '../../../model/errors.ts';
import { readScratchMark } from '../../../providers/database/scratch-marker.ts';

/**
 * Rejects with SCRATCH_IS_PRODUCTION unless this connection leads to the database that this very run restored: it
 * carries the run's mark, and its server is the one that was restored to and none of production's.
 */
export async function refuseProduction(ctx: StepContext, client: Client): Promise<void> {
  const { systemIdentifier, name } = ctx.get('database');
  const { rows } = await client.query<{ id: string; database: string }>(
    'SELECT system_identifier::text AS id, current_database() AS database FROM pg_control_system()',
  );
  const seen = rows[0]?.id ?? '';
  if (ctx.config.site.production.databaseSystemIdentifiers.includes(seen)) {
    throw refusal(
      `database server ${seen} is one of production's`,
      'Nothing was changed. Point scratch.database elsewhere.',
    );
  }
  if (seen !== systemIdentifier || rows[0]?.database !== name) {
    throw refusal(
      `this is database ${rows[0]?.database} of server ${seen}, and the copy was restored to ${name} of ${systemIdentifier}`,
      'Nothing was changed. Something else listens on the scratch’s port now: run `muster undo` and begin again.',
    );
  }
  const { runId } = await readScratchMark(client, name);
  if (runId !== ctx.runId) {
    throw refusal(
      runId === undefined
        ? `database ${name} carries no mark of a scratch`
        : `database ${name} is the scratch of run ${runId}, and this is run ${ctx.runId}`,
      'Nothing was changed: quarantine only changes a database that its own run has made.',
    );
  }
}

const refusal = (message: string, hint: string) => new DrillError('SCRATCH_IS_PRODUCTION', message, { hint });
