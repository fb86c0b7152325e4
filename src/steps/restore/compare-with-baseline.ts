import { availableParallelism } from 'node:os';
import type { Client } from 'pg';
import { openBaseline, type Baseline } from '../../baseline/find-baseline.ts';
import { readDatabase } from '../../baseline/read-database.ts';
import type { TableState } from '../../baseline/format.ts';
import { readTables } from '../../baseline/read-tables.ts';
import { beginReading } from '../../baseline/session.ts';
import type { Check } from '../../model/check.ts';
import type { Step, StepContext } from '../../model/drill.ts';
import { formatDuration, hours } from '../../model/duration.ts';
import { DrillError } from '../../model/errors.ts';
import { openStore } from '../backups/open-stores.ts';
import { isFaultOfData } from './audit/question.ts';
import { openRestored } from './restored-database.ts';
import { comparison, comparisonsFor, type Comparison, type ComparisonName } from './compare/comparison.ts';
import { compareDatabases, DATABASE_COMPARISONS } from './compare/databases.ts';
import { compareFiles, FILE_COMPARISONS } from './compare/files.ts';
import { compareTables, TABLE_COMPARISONS } from './compare/tables.ts';
import { compareUsers, USER_COMPARISONS } from './compare/users.ts';
import { compareVelero } from './compare/velero.ts';

/**
 * Holds the restored copy against the baseline, before quarantine changes it and before anything starts on it: every
 * table to the last row, every account, every file. Without a baseline none of it is known, and each comparison says so.
 */
export function compareWithBaseline(): Step {
  return {
    title: 'Compare the copy with the baseline',
    id: 'compare-with-baseline',
    needs: ['database', 'files', 'backups', 'baseline'],
    promises: ({ config }) => comparisonsFor(config).map(({ id }) => id),
    condemnedBy: ['baseline.genuine'],
    budget: hours(8),
    plan: ({ baseline }) => [
      baseline
        ? 'count and hash every table, read every account and hash every file, and hold them against the baseline'
        : 'nothing: the config names no baseline, so every comparison stays unverified',
    ],
    run,
  };
}

async function run(ctx: StepContext): Promise<void> {
  const known = ctx.get('baseline');
  if (known === null) {
    for (const comparison of comparisonsFor(ctx.config)) ctx.check(withoutBaseline(comparison));
    return;
  }
  const { archive, signing } = ctx.config;
  if (!archive || !signing) throw new DrillError('CONFIG_INVALID', 'the config no longer names the baseline');
  await using store = await openStore(ctx, archive.store);
  const baseline = await openBaseline(store, known.key, { publicKey: signing.publicKey, signal: ctx.signal });
  if (typeof baseline === 'string')
    throw new DrillError('EVIDENCE_ALTERED', `the baseline was changed: ${baseline}`);
  const { manifest } = baseline;
  await compareTablesOf(ctx, baseline);
  await compareRest(ctx, DATABASE_COMPARISONS, async (client) =>
    compareDatabases(ctx, manifest, await readDatabase(client, new Date(manifest.takenAt))),
  );
  await compareRest(ctx, USER_COMPARISONS, (client) => compareUsers(client, baseline, ctx.signal));
  await compareRest(ctx, FILE_COMPARISONS, (client) => compareFiles(ctx, client, baseline));
  if (ctx.config.backups.velero) ctx.check(await compareVelero(ctx, baseline, ctx.config.backups.velero));
}

async function compareTablesOf(ctx: StepContext, { key, manifest }: Baseline): Promise<void> {
  const restored = await readRestoredTables(ctx).catch(orProblem);
  if (restored instanceof Error) {
    for (const name of TABLE_COMPARISONS) ctx.check(notPossible(comparison(name), restored.message));
    return;
  }
  const sides = { baseline: key, primary: manifest.tables, restored };
  const evidence = await ctx.attach('tables.json', `${JSON.stringify(sides, undefined, 1)}\n`);
  for (const check of compareTables(manifest, restored)) ctx.check({ ...check, evidence: [evidence] });
}

async function readRestoredTables(ctx: StepContext): Promise<readonly TableState[]> {
  const started = performance.now();
  ctx.progress('Reading every table to the last row');
  await using connections = new AsyncDisposableStack();
  const clients: Client[] = [];
  for (let more = Math.min(4, availableParallelism()); more > 0; more--)
    clients.push(connections.use(await openReading(ctx)).client);
  const tables = await readTables(clients, { signal: ctx.signal, say: ctx.progress });
  ctx.progress(`Read ${tables.length} tables in ${formatDuration(performance.now() - started)}`);
  return tables;
}

/** On a connection of its own: in a transaction that failed, nothing more can be asked. */
async function compareRest(
  ctx: StepContext,
  names: readonly ComparisonName[],
  compare: (client: Client) => Promise<readonly Check[]>,
): Promise<void> {
  await using connection = await openReading(ctx);
  const compared = await compare(connection.client).catch(orProblem);
  const checks =
    compared instanceof Error
      ? names.map((name) => notPossible(comparison(name), compared.message))
      : compared;
  for (const check of checks) ctx.check(check);
}

/** What is wrong with the data is told by checks; what is wrong with us is thrown. */
function orProblem(error: unknown): Error {
  if (isFaultOfData(error)) return error;
  throw error;
}

function notPossible({ id, claim }: Comparison, problem: string): Check {
  return {
    id,
    claim,
    verdict: 'unverified',
    expected: 'as the baseline has it',
    seen: `the restored copy cannot be asked: ${problem}`,
    code: 'AUDIT_NOT_POSSIBLE',
    hint: 'See baseline.contents for the tables that are not those of the primary.',
  };
}

async function openReading(ctx: StepContext): Promise<AsyncDisposable & { readonly client: Client }> {
  const connection = await openRestored(ctx.get('database'), { readOnly: true });
  try {
    await beginReading(connection.client);
    return connection;
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}

function withoutBaseline({ id, claim }: Comparison): Check {
  return {
    id,
    claim,
    verdict: 'unverified',
    expected: 'as the baseline has it',
    seen: 'there is no baseline of this backup',
    code: 'BASELINE_MISSING',
    hint: 'Let `muster baseline` run the backup job; docs/baseline.md.',
  };
}
