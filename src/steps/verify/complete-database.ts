import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { Check } from '../../model/check.ts';
import type { Config } from '../../model/config.ts';
import type { Step, StepContext } from '../../model/drill.ts';
import { hours } from '../../model/duration.ts';
import type { RestorePlan } from '../../providers/database/deferral.ts';
import { readIndexes, readMaterializedViews } from '../../providers/database/indexes.ts';
import { SESSION_SETTINGS } from '../../providers/database/scratch-database.ts';
import type { Target } from '../../providers/database/target.ts';
import { withClient } from '../../providers/database/target.ts';
import { createProgressMeter } from '../backups/progress-meter.ts';
import { completeRestore, stillMissing } from '../restore/complete-restore.ts';
import { readRestorePlan, restoreFolder } from '../restore/restore-plan.ts';

/**
 * Builds what the restore left for later, and checks that all indexes and materialised views of the dump are there.
 * Plain CREATE INDEX: it holds up those who write to that table meanwhile, so it comes after the first verified
 * message. CONCURRENTLY would not, but reads each table twice and runs one at a time per table, and nobody but the
 * drill writes to this copy.
 */
export function completeDatabase(): Step {
  return {
    title: 'Complete the database',
    id: 'complete-database',
    needs: ['database', 'scratch'],
    promises: ['complete.indexes-valid', 'complete.materialized-views'],
    budget: hours(8),
    plan: ({ restore }: Config) => [
      ...(restore.order === 'complete'
        ? []
        : ['CREATE INDEX … USING gin, for each full-text index', 'REFRESH MATERIALIZED VIEW, for each']),
      "compare indexes and materialised views with the dump's",
    ],
    run,
  };
}

async function run(ctx: StepContext): Promise<void> {
  const database = ctx.get('database');
  const plan = await readRestorePlan(restoreFolder(ctx.get('scratch')));
  const { host, port, user, name, passwordFile } = database;
  const password = (await readFile(passwordFile, 'utf8')).replace(/\n$/, '');
  ctx.hide(password);
  const { database: scratch } = ctx.config.scratch;
  const sslRootCert = scratch.kind === 'server' ? scratch.sslRootCert : undefined;
  const target: Target = { host, port, user, password, database: name, sslRootCert };

  const started = performance.now();
  if (plan.deferred.length > 0) {
    await build(ctx, target, plan);
    ctx.metric({
      key: 'database_complete_seconds',
      value: (performance.now() - started) / 1000,
      unit: 's',
      better: 'lower',
    });
    ctx.mark('complete');
  }
  await check(ctx, target, plan);
}

async function build(ctx: StepContext, target: Target, { deferred }: RestorePlan): Promise<void> {
  const { signal } = ctx;
  await using meter = createProgressMeter(ctx, 0);
  meter.say(`building ${deferred.length} full-text indexes and materialised views`);
  let done = 0;
  await completeRestore(target, await stillMissing(target, deferred), {
    jobs: ctx.config.restore.jobs ?? availableParallelism(),
    signal,
    settings: SESSION_SETTINGS,
    onDone: ({ name }) => meter.say(`built ${name}, ${++done} of ${deferred.length}`),
  });
}

async function check(ctx: StepContext, target: Target, plan: RestorePlan): Promise<void> {
  const { indexes, views } = await withClient(target, async (client) => ({
    indexes: await readIndexes(client),
    views: await readMaterializedViews(client),
  }));
  const missing = plan.indexes.filter((name) => !indexes.some((index) => index.name === name));
  const invalid = indexes.filter(({ valid }) => !valid).map(({ name }) => name);
  ctx.check({
    id: 'complete.indexes-valid',
    claim: 'Every index of the dump is there and valid',
    verdict:
      plan.indexes.length === 0 ? 'unverified' : missing.length + invalid.length === 0 ? 'passed' : 'missed',
    expected: `${plan.indexes.length} indexes`,
    seen: `${indexes.length} indexes, ${missing.length} missing${list(missing)}, ${invalid.length} invalid${list(invalid)}`,
    ...(missing.length + invalid.length > 0 && {
      code: 'INDEXES_INCOMPLETE',
      hint: 'Restore again; an index that cannot be built points to damaged rows.',
    }),
  });
  ctx.check(judgeViews(plan.materializedViews, views));
}

export function judgeViews(
  promised: RestorePlan['materializedViews'],
  views: Awaited<ReturnType<typeof readMaterializedViews>>,
): Check {
  const absent = promised.filter((name) => !views.some((view) => view.name === name));
  const empty = views.filter(({ populated }) => !populated).map(({ name }) => name);
  const common = {
    id: 'complete.materialized-views',
    claim: 'Every materialised view of the dump is there and filled',
    expected: `${promised.length} materialised views, filled`,
    seen: `${views.length} there, ${absent.length} missing${list(absent)}, ${empty.length} never filled${list(empty)}`,
  };
  if (absent.length + empty.length > 0) {
    return {
      ...common,
      verdict: 'missed',
      code: 'VIEWS_INCOMPLETE',
      hint: 'Run REFRESH MATERIALIZED VIEW by hand to see why.',
    };
  }
  if (promised.length === 0) return { ...common, verdict: 'unverified', code: 'NO_VIEWS' };
  return { ...common, verdict: 'passed' };
}

const list = (names: readonly string[]): string =>
  names.length === 0 ? '' : ` (${names.slice(0, 5).join(', ')})`;
