import { rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Config } from '../../model/config.ts';
import type { Step, StepContext } from '../../model/drill.ts';
import { hours } from '../../model/duration.ts';
import type { DatabaseBackup } from '../../model/facts.ts';
import { analyze } from '../../providers/database/analyze.ts';
import { countRows } from '../../providers/database/rows.ts';
import { restoreDump, type RestoredDump } from '../../providers/database/restore-dump.ts';
import {
  createScratchCluster,
  createScratchDatabase,
  dropScratchDatabase,
  removeScratchCluster,
  SESSION_SETTINGS,
  type ScratchDatabase,
} from '../../providers/database/scratch-database.ts';
import { countDumpRows } from '../backups/count-dump-rows.ts';
import { openBackupStore } from '../backups/open-stores.ts';
import { createProgressMeter } from '../backups/progress-meter.ts';
import { completeRestore } from './complete-restore.ts';
import { givenServer } from './given-server.ts';
import { makeEmptyFolder, removeFolder } from './scratch-folder.ts';
import { restoreFolder, writeRestorePlan } from './restore-plan.ts';
import { compareRows } from './rows-match.ts';

/** Restores the newest database dump into a database of its own: what users need at once first, the rest on request. */
export function restoreDatabase(): Step {
  return {
    title: 'Restore the database',
    id: 'restore-database',
    needs: ['backups', 'scratch', 'network'],
    gives: ['database'],
    promises: ['restore.rows-match-dump'],
    condemnedBy: [
      'backup.database.readable',
      'backup.database.is-mattermost',
      'backup.database.tool-version',
    ],
    beside: true,
    budget: hours(8),
    plan: describePlan,
    run,
    undo,
  };
}

async function run(ctx: StepContext): Promise<void> {
  const { database: backup } = ctx.get('backups');
  const { order } = ctx.config.restore;
  const jobs = ctx.config.restore.jobs ?? availableParallelism();
  const folder = restoreFolder(ctx.get('scratch'));
  ctx.created({ kind: 'folder', name: folder });
  await makeEmptyFolder(folder);

  await using store = await openBackupStore(ctx);
  await using meter = createProgressMeter(ctx, backup.bytes);
  const { signal } = ctx;
  meter.say('making the scratch database');
  const scratch = await createScratch(ctx);
  const { target } = scratch;
  const started = performance.now();
  ctx.mark('download-started');
  const restored = await restoreDump({
    exec: ctx.exec,
    signal,
    backup,
    target,
    jobs,
    folder,
    settings: SESSION_SETTINGS,
    open: (key) => store.open(key, { signal }),
    say: meter.say,
    received: meter.received,
  });

  meter.say('counting what was restored');
  await checkRows(ctx, backup, restored, scratch);
  meter.say('collecting statistics');
  await analyze(target, { jobs, signal });
  const plan = { ...restored, deferred: order === 'complete' ? [] : restored.deferred };
  const statementsFile = await writeRestorePlan(folder, plan);
  if (order === 'complete') {
    meter.say('building full-text indexes and materialised views');
    await completeRestore(target, restored.deferred, { jobs, signal, settings: SESSION_SETTINGS });
  }
  await scratch.settleDown();
  if (order === 'complete') ctx.mark('complete');
  ctx.metric({
    key: 'database_restore_seconds',
    value: (performance.now() - started) / 1000,
    unit: 's',
    better: 'lower',
  });
  ctx.metric({ key: 'database_dump_bytes', value: backup.bytes, unit: 'B' });
  // The dump has served; production's messages need not lie about on disk a second time.
  await Promise.all(
    ['database.dump', 'database.dir'].map((name) =>
      rm(path.join(folder, name), { recursive: true, force: true }),
    ),
  );

  const passwordFile = path.join(folder, 'password');
  await writeFile(passwordFile, target.password, { mode: 0o600 });
  ctx.set('database', {
    host: target.host,
    port: target.port,
    name: target.database,
    user: target.user,
    passwordFile,
    systemIdentifier: scratch.systemIdentifier,
    serverVersion: scratch.serverVersion,
    order,
    deferred:
      plan.deferred.length === 0
        ? null
        : {
            indexes: plan.deferred.filter(({ kind }) => kind === 'index').length,
            materializedViews: restored.materializedViews.length,
            statementsFile,
          },
  });
}

async function createScratch(ctx: StepContext): Promise<ScratchDatabase> {
  const server = await givenServer(ctx);
  return server ? createScratchDatabase(ctx, server) : createScratchCluster(ctx, ctx.get('scratch'));
}

async function checkRows(
  ctx: StepContext,
  backup: DatabaseBackup,
  { rows }: RestoredDump,
  { target }: ScratchDatabase,
): Promise<void> {
  const [inDump, inDatabase] = await Promise.all([
    rows ?? backup.rows ?? countDumpRows(ctx, backup),
    countRows(target),
  ]);
  const evidence = await ctx.attach('rows.json', `${JSON.stringify({ inDump, inDatabase }, undefined, 2)}\n`);
  ctx.check({ ...compareRows(inDump, inDatabase), evidence: [evidence] });
}

async function undo(ctx: StepContext): Promise<void> {
  const server = await givenServer(ctx);
  const scratch = ctx.find('scratch');
  if (server) await dropScratchDatabase(ctx, server);
  else if (scratch) await removeScratchCluster(ctx, scratch);
  if (scratch) await removeFolder(ctx, restoreFolder(scratch));
}

function describePlan({ backups, scratch, restore }: Config): readonly string[] {
  const jobs = restore.jobs ?? availableParallelism();
  const where =
    scratch.database.kind === 'cluster'
      ? `initdb, a PostgreSQL cluster of its own on ${scratch.address}`
      : `create database ${scratch.database.name} on ${scratch.database.host}:${scratch.database.port}`;
  return [
    where,
    `download the newest dump under ${backups.database.prefix} and, meanwhile, ` +
      'pg_restore --no-owner --no-privileges --exit-on-error --section=pre-data --section=data (a plain dump: psql)',
    `pg_restore --section=post-data --jobs ${jobs}, without full-text indexes and materialised views`,
    'ANALYZE',
    ...(restore.order === 'complete' ? ['CREATE INDEX … USING gin, REFRESH MATERIALIZED VIEW'] : []),
  ];
}
