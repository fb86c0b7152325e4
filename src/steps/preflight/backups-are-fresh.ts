import type { Step, StepContext } from '../../model/drill.ts';
import { formatDuration, hours, minutes } from '../../model/duration.ts';
import { DrillError } from '../../model/errors.ts';
import type { BackupSet, DatabaseBackup, FilesBackup } from '../../model/facts.ts';
import type { ObjectReader } from '../../providers/object-store/index.ts';
import { checkCopies } from '../backups/check-copies.ts';
import { checkProtection } from '../backups/check-protection.ts';
import { findConfiguration } from '../backups/find-configuration.ts';
import { findDatabaseBackup, noDatabaseBackup } from '../backups/find-database.ts';
import { findFilesBackup } from '../backups/find-files.ts';
import { findVelero, type FoundVelero } from '../backups/find-velero.ts';
import { judgeAge } from '../backups/judge-age.ts';
import { judgeSkew } from '../backups/judge-skew.ts';
import { openBackupStore, openVeleroStore } from '../backups/open-stores.ts';

/** Finds the newest backup of each kind and holds its age against the RPO. Rejects with BACKUP_MISSING without one. */
export function backupsAreFresh(): Step {
  return {
    title: 'Check that the backups are fresh',
    id: 'backups-are-fresh',
    gives: ['backups'],
    promises: ({ config: { backups } }) => [
      'backup.database.recognised',
      'backup.database.age',
      'backup.files.age',
      'backup.skew',
      ...(backups.configuration ? ['backup.configuration.age'] : []),
      ...(backups.velero ? ['backup.velero.age', 'backup.velero.not-expired'] : []),
      ...backups.copies.map(({ name }) => `backup.copy.${name}`),
      ...(backups.store.kind === 's3' ? ['backup.store.versioned', 'backup.store.encrypted'] : []),
    ],
    budget: minutes(30),
    plan: ({ backups }) => [
      `list "${backups.database.prefix}" and "${backups.files.prefix}" in the ${backups.store.kind} store, read-only`,
      ...backups.copies.map(({ name }) => `stat the newest dump in copy "${name}" and compare hashes`),
    ],
    run,
  };
}

async function run(ctx: StepContext): Promise<void> {
  await using store = await openBackupStore(ctx);
  await checkProtection(ctx, store);
  ctx.progress(`looking for backups in ${store.location}`);
  const missing: DrillError[] = [];
  // Every kind is looked for before the first missing one ends the step: one run shows all that is wrong.
  const database = await findDatabase(ctx, store).catch(keep(missing));
  const files = await findFiles(ctx, store).catch(keep(missing));
  const configuration = await findConfigurationBackup(ctx, store).catch(keep(missing));
  const velero = await findVeleroBackup(ctx).catch(keep(missing));
  if (database) await checkCopies(ctx, store, database);
  const [first] = missing;
  if (!database || !files || first) throw first ?? new DrillError('BACKUP_MISSING', 'a backup is missing');
  const backups = { database, files, configuration: configuration ?? null, velero: velero ?? null };
  ctx.set('backups', backups);
  ctx.check(judgeSkew(backups, ctx.config.backups.files.layout));
}

function keep(missing: DrillError[]) {
  return (error: unknown): undefined => {
    if (!(error instanceof DrillError) || !['BACKUP_MISSING', 'BACKUP_UNREADABLE'].includes(error.code))
      throw error;
    missing.push(error);
  };
}

async function findDatabase(ctx: StepContext, store: ObjectReader): Promise<DatabaseBackup> {
  const { outageAt, signal, objectives } = ctx;
  const { prefix } = ctx.config.backups.database;
  const found = await findDatabaseBackup(store, { prefix, outageAt, signal });
  const [stranger] = found.unrecognised;
  ctx.check({
    id: 'backup.database.recognised',
    claim: 'The newest object among the database backups is a dump',
    verdict: found.newest && !stranger ? 'passed' : 'missed',
    expected: 'pg_dump output: custom, directory or plain, also .gz or .zst',
    seen: stranger
      ? `"${stranger.key}" ${stranger.problem}`
      : (found.newest?.keys[0] ?? `nothing under "${prefix}"`),
    ...(stranger && {
      code: 'BACKUP_UNREADABLE',
      hint: 'The backup job writes something else than a dump: see its log.',
    }),
    ...(!stranger && !found.newest && { code: 'BACKUP_MISSING' }),
  });
  if (!found.newest) {
    ctx.check(missed('database', 'database backup', `nothing under "${prefix}" in ${store.location} is one`));
    throw noDatabaseBackup(store.location, prefix, found);
  }
  const { takenAt, takenAtSource, keys } = found.newest;
  const known = `${takenAtSource === 'store' ? "by the store's clock" : `by its ${takenAtSource.replace('-', ' ')}`}, ${keys.at(-1)}`;
  ctx.check(
    judgeAge({ kind: 'database', what: 'database backup', takenAt, known, limit: objectives.rpo }, outageAt),
  );
  return found.newest;
}

async function findFiles(ctx: StepContext, store: ObjectReader): Promise<FilesBackup> {
  const { outageAt, signal, objectives, config } = ctx;
  const { files } = config.backups;
  const found = await findFilesBackup(store, { files, outageAt, signal });
  if (!found) {
    const seen = `nothing under "${files.prefix}" in ${store.location}`;
    ctx.check(missed('files', 'backup of the file store', seen));
    throw new DrillError('BACKUP_MISSING', `no backup of the file store: ${seen}`, {
      hint: 'Check backups.files.prefix and backups.files.layout, and that the copy of the file store has run.',
    });
  }
  const { key, takenAt, objects } = found;
  const known = `${key}, ${objects} objects`;
  const judged = judgeAge(
    { kind: 'files', what: 'backup of the file store', takenAt, known, limit: objectives.rpo },
    outageAt,
  );
  // Of a live copy only its newest file is known: a site where nobody uploads looks like a replication that stopped.
  const quiet = files.layout === 'live' && judged.verdict === 'missed';
  ctx.check(
    quiet
      ? {
          ...judged,
          verdict: 'unverified',
          code: 'FILES_QUIET',
          hint: 'Nothing was uploaded, or replication has stopped: look at its lag.',
        }
      : judged,
  );
  return found;
}

async function findConfigurationBackup(
  ctx: StepContext,
  store: ObjectReader,
): Promise<BackupSet['configuration']> {
  const { outageAt, signal, objectives, config } = ctx;
  const prefix = config.backups.configuration?.prefix;
  if (prefix === undefined) return null;
  const found = await findConfiguration(store, { prefix, outageAt, signal });
  if (!found) {
    const seen = `no config.json under "${prefix}" in ${store.location}`;
    ctx.check(missed('configuration', 'backup of the configuration', seen));
    throw new DrillError('BACKUP_MISSING', seen, {
      hint: 'Check backups.configuration.prefix; leave it out when the site keeps its configuration in the database.',
    });
  }
  const { key, takenAt } = found;
  ctx.check(
    judgeAge(
      {
        kind: 'configuration',
        what: 'backup of the configuration',
        takenAt,
        known: key,
        limit: objectives.rpo,
      },
      outageAt,
    ),
  );
  return found;
}

async function findVeleroBackup(ctx: StepContext): Promise<BackupSet['velero']> {
  const { outageAt, signal, config } = ctx;
  const { velero } = config.backups;
  if (!velero) return null;
  await using store = await openVeleroStore(ctx);
  const found = await findVelero(store, velero, outageAt, signal);
  if (!found.chosen?.startedAt) {
    const seen = `no backup of namespace "${velero.namespace}" under "${velero.prefix}" in ${store.location}`;
    ctx.check(missed('velero', 'Velero backup', seen));
    throw new DrillError('BACKUP_MISSING', `no usable Velero backup: ${seen}`, {
      hint: 'Check backups.velero.prefix, namespace and schedule, and `velero backup get` on the site.',
    });
  }
  judgeVelero(ctx, found, found.chosen.startedAt);
  const { name, startedAt, expiresAt } = found.chosen;
  return { name, takenAt: new Date(startedAt).toISOString(), expiresAt };
}

/** Its objects change rarely and most sites save them daily: judged by their own rhythm where that is slower than the RPO. */
function judgeVelero(
  { check, objectives, outageAt }: StepContext,
  { chosen, interval = 0 }: FoundVelero,
  startedAt: string,
): void {
  const { name = '', expiresAt = null } = chosen ?? {};
  const limit = Math.max(objectives.rpo, hours(26), interval * 1.1);
  const limitIs = limit === objectives.rpo ? undefined : 'its own schedule asks for (daily, or as seen)';
  check(
    judgeAge(
      { kind: 'velero', what: 'Velero backup', takenAt: startedAt, known: name, limit, limitIs },
      outageAt,
    ),
  );
  const left = expiresAt === null ? undefined : Date.parse(expiresAt) - +outageAt;
  check({
    id: 'backup.velero.not-expired',
    claim: 'The Velero backup had not expired at the outage',
    verdict: left === undefined || left > 0 ? 'passed' : 'missed',
    expected: `expires after ${outageAt.toISOString()}`,
    seen:
      left === undefined
        ? 'it never expires'
        : `expires at ${expiresAt}, ${formatDuration(Math.abs(left))} ${left > 0 ? 'later' : 'before'}`,
    ...(left !== undefined &&
      left <= 0 && {
        code: 'BACKUP_EXPIRED',
        hint: 'Velero deletes it at any moment: give the schedule a longer --ttl.',
      }),
  });
}

function missed(kind: string, what: string, seen: string) {
  return {
    id: `backup.${kind}.age`,
    claim: `The newest ${what} is younger than the RPO`,
    verdict: 'missed' as const,
    expected: `a ${what}`,
    seen,
    code: 'BACKUP_MISSING',
  };
}
