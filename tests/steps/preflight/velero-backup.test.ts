import { mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeVeleroBackup, type VeleroBackupOptions } from '../../../lab/velero/write-backup.ts';
import { days, hours } from '../../../src/model/duration.ts';
import { configSchema } from '../../../src/model/config.ts';
import type { BackupSet } from '../../../src/model/facts.ts';
import { openWriter } from '../../../src/providers/object-store/index.ts';
import { checkVelero } from '../../../src/steps/backups/check-velero.ts';
import { backupsAreFresh } from '../../../src/steps/preflight/backups-are-fresh.ts';
import { minimalConfig } from '../../config/minimal-config.ts';
import { openStepContext, type TestContext } from '../../support/step-context.ts';
import { FOLDER, putDump } from '../backups/real-backups.ts';
import { SITE } from '../cluster/cluster-site.ts';

const OUTAGE_AT = new Date('2026-11-21T18:00:00Z');
const TAKEN_AT = new Date('2026-11-21T17:00:00Z');

describe('of Velero’s backups, the newest of the site', () => {
  it('is found, and has not expired', async () => {
    await using ctx = await openContext();
    await put(ctx);
    await backupsAreFresh().run(ctx);
    expect(ctx.checkOf('backup.velero.not-expired').verdict).toBe('passed');
    expect(ctx.facts.backups?.velero?.name).toBe('mattermost-daily-20261121170000');
  });

  it.each<[string, Partial<VeleroBackupOptions> | undefined]>([
    ['there is none', undefined],
    ['there are some of another namespace alone', { site: { ...SITE, namespace: 'elsewhere' } }],
    ['there are some of another schedule alone', { schedule: 'weekly' }],
  ])('is BACKUP_MISSING when %s', async (_what, backup) => {
    await using ctx = await openContext();
    if (backup) await put(ctx, backup);
    await expect(backupsAreFresh().run(ctx)).rejects.toMatchObject({
      code: 'BACKUP_MISSING',
      message: expect.stringContaining('no backup of namespace "mattermost" under "prod"'),
    });
    expect(ctx.checkOf('backup.velero.age').code).toBe('BACKUP_MISSING');
  });

  it('is missed when it had expired', async () => {
    await using ctx = await openContext();
    await put(ctx, { ttl: hours(0.5) });
    await backupsAreFresh().run(ctx);
    expect(ctx.checkOf('backup.velero.not-expired')).toMatchObject({
      verdict: 'missed',
      code: 'BACKUP_EXPIRED',
      seen: 'expires at 2026-11-21T17:30:00Z, 30m before',
    });
  });

  it.each(['PartiallyFailed', 'Failed'] as const)(
    'is missed when it is %s, and the one before it is taken',
    async (phase) => {
      await using ctx = await openContext();
      await put(ctx, { takenAt: new Date(+TAKEN_AT - hours(24)) });
      await put(ctx, { phase });
      await backupsAreFresh().run(ctx);
      expect(ctx.facts.backups?.velero?.name).toBe('mattermost-daily-20261120170000');
      await checkVelero(ctx);
      expect(ctx.checkOf('backup.velero.completed')).toMatchObject({
        verdict: 'missed',
        code: 'VELERO_NOT_COMPLETED',
        seen: expect.stringContaining(`${phase}: mattermost-daily-20261121170000`),
      });
    },
  );
});

describe('the tarball of a Velero backup', () => {
  const NAME = 'mattermost-daily-20261121170000';

  it.each<[string, string, RegExp, (tarball: string) => Promise<void>]>([
    ['deleted', 'BACKUP_MISSING', /tar\.gz/, (tarball) => rm(tarball)],
    [
      'cut off',
      'BACKUP_UNREADABLE',
      /is truncated: it ends after 500 bytes/,
      (tarball) => truncate(tarball, 500),
    ],
    ['emptied', 'BACKUP_UNREADABLE', /is empty/, (tarball) => truncate(tarball)],
    [
      'another file',
      'BACKUP_UNREADABLE',
      /is not a gzip file/,
      (tarball) => writeFile(tarball, 'hello, world'),
    ],
  ])('is missed when it is %s', async (_how, code, seen, damage) => {
    await using ctx = await openContext();
    await put(ctx);
    await damage(path.join(ctx.directory, 'backups/prod/backups', NAME, `${NAME}.tar.gz`));
    await checkVelero(given(ctx, NAME));
    expect(ctx.checkOf('backup.velero.tarball')).toMatchObject({
      verdict: 'missed',
      code,
      seen: expect.stringMatching(seen),
    });
    expect(ctx.checkOf('backup.velero.mattermost').verdict).toBe('unverified');
  });

  it('is missed when it is whole and holds nothing, though Velero says Completed', async () => {
    await using ctx = await openContext();
    await put(ctx, { alter: () => [] });
    await checkVelero(given(ctx, NAME));
    expect(ctx.checkOf('backup.velero.completed').verdict).toBe('passed');
    expect(ctx.checkOf('backup.velero.tarball')).toMatchObject({
      verdict: 'missed',
      code: 'BACKUP_UNREADABLE',
    });
    expect(ctx.checkOf('backup.velero.mattermost').code).toBe('NO_MATTERMOST_RESOURCE');
  });
});

async function openContext(): Promise<TestContext> {
  const context = await openStepContext({ outageAt: OUTAGE_AT });
  const { backups, ...config } = minimalConfig(context.directory);
  const velero = { prefix: 'prod', schedule: 'mattermost-daily' };
  const ctx = { ...context, config: configSchema.parse({ ...config, backups: { ...backups, velero } }) };
  await putDump(
    ctx,
    'mattermost.sql',
    '--\n-- PostgreSQL database dump\n--\n\n-- Dumped by pg_dump version 15.4\n',
  );
  const files = path.join(ctx.directory, 'backups/files', FOLDER, '20261120');
  await mkdir(files, { recursive: true });
  await writeFile(path.join(files, 'note.txt'), 'a file');
  return ctx;
}

async function put(ctx: TestContext, backup: Partial<VeleroBackupOptions> = {}): Promise<void> {
  await using store = await openWriter({ kind: 'filesystem', root: path.join(ctx.directory, 'backups') });
  await writeVeleroBackup({ store, prefix: 'prod', site: SITE, takenAt: TAKEN_AT, ttl: days(30), ...backup });
}

/** As if its backup had been found. */
function given(ctx: TestContext, name: string): TestContext {
  ctx.set('backups', { velero: { name, takenAt: TAKEN_AT.toISOString(), expiresAt: null } } as BackupSet);
  return ctx;
}
