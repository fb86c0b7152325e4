import { mkdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { hours, minutes } from '../../../src/model/duration.ts';
import { backupsAreFresh } from '../../../src/steps/preflight/backups-are-fresh.ts';
import { openStepContext, type TestContext, type TestContextOptions } from '../../support/step-context.ts';
import {
  FOLDER,
  putBackups,
  putDump,
  putManifest,
  realBackups,
  TAKEN_AT,
  whyNoRealBackups,
} from '../backups/real-backups.ts';

const outageAt = new Date('2026-11-21T18:00:00Z');
/** Enough of a plain dump to be one. */
const PLAIN = '--\n-- PostgreSQL database dump\n--\n\n-- Dumped by pg_dump version 15.4\n';

describe('backups without a single dump', () => {
  it('end with BACKUP_MISSING when nothing is there, and still look for the other kinds', async () => {
    await using ctx = await openContext();
    await putFiles(ctx);
    await expect(backupsAreFresh().run(ctx)).rejects.toMatchObject({ code: 'BACKUP_MISSING' });
    expect(ctx.checkOf('backup.database.age')).toMatchObject({ verdict: 'missed', code: 'BACKUP_MISSING' });
    expect(ctx.checkOf('backup.files.age').verdict).toBe('passed');
  });

  for (const [what, bytes, problem] of [
    ['a PNG image', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'is a PNG image'],
    ['an empty file', Buffer.alloc(0), 'is empty'],
    ['a garbled gzip', Buffer.from('1f8b08aaaaaaaaaaaaaaaaaaaa', 'hex'), 'cannot be decompressed'],
    [
      'a whole cluster',
      Buffer.from('--\n-- PostgreSQL database cluster dump\n--\n'),
      'a pg_dumpall of a whole cluster',
    ],
    ['a cut-off header', Buffer.from('PGDMP\x01\x0e'), 'cut off inside its header'],
  ] satisfies [string, Buffer, string][]) {
    it(`say what they found instead: ${what}`, async () => {
      await using ctx = await openContext();
      await putFiles(ctx);
      await putDump(ctx, 'mattermost.dump', bytes);
      const error = await backupsAreFresh()
        .run(ctx)
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'BACKUP_UNREADABLE' });
      expect((error as Error).message).toContain(problem);
      expect(ctx.checkOf('backup.database.recognised').verdict).toBe('missed');
    });
  }
});

describe('a backup', () => {
  it('is stale when it is older than the RPO', async () => {
    await using ctx = await openContext({ objectives: { rpo: minutes(15) } });
    await putFiles(ctx);
    await putDump(ctx, 'mattermost.sql', PLAIN);
    await putManifest(ctx, 'db', ['mattermost.sql'], TAKEN_AT);
    await backupsAreFresh().run(ctx);
    const check = ctx.checkOf('backup.database.age');
    expect(check).toMatchObject({ verdict: 'missed', code: 'BACKUP_STALE' });
    expect(check.expected).toContain('at most 15m old');
    expect(check.seen).toContain('30m old');
  });

  it('proves nothing when it was taken after the outage', async () => {
    await using ctx = await openContext({ outageAt: new Date('2026-11-21T17:00:00Z') });
    await putFiles(ctx);
    await putDump(ctx, 'mattermost.sql', PLAIN);
    await backupsAreFresh().run(ctx);
    expect(ctx.checkOf('backup.database.age')).toMatchObject({
      verdict: 'unverified',
      code: 'BACKUP_AFTER_OUTAGE',
    });
  });

  it('is passed over when one from before the outage is there', async () => {
    await using ctx = await openContext();
    await putFiles(ctx);
    await putDump(ctx, '../2026-11-21T10-00-00Z/mattermost.sql', PLAIN);
    await putDump(ctx, '../2026-11-21T12-00-00Z/mattermost.sql', PLAIN);
    await putDump(ctx, '../2026-11-21T23-00-00Z/mattermost.sql', PLAIN);
    await backupsAreFresh().run(ctx);
    expect(ctx.get('backups').database).toMatchObject({
      keys: ['db/2026-11-21T12-00-00Z/mattermost.sql'],
      takenAtSource: 'name',
    });
  });

  it('does not hide that the newest object is no dump', async () => {
    await using ctx = await openContext();
    await putFiles(ctx);
    const older = await putDump(ctx, 'older.sql', PLAIN);
    await utimes(older, outageAt, new Date(+outageAt - hours(1)));
    await putDump(ctx, 'newer.sql', 'pg_dump: error: connection failed');
    await backupsAreFresh().run(ctx);
    const check = ctx.checkOf('backup.database.recognised');
    expect(check).toMatchObject({ verdict: 'missed', code: 'BACKUP_UNREADABLE' });
    expect(check.seen).toContain('newer.sql" is no pg_dump output');
  });

  it('is not younger than its upload, whatever its name says', async () => {
    await using ctx = await openContext();
    await putFiles(ctx);
    const file = await putDump(ctx, '../2026-11-21T17-30/mattermost.sql', PLAIN);
    await utimes(file, outageAt, new Date('2026-11-21T15:31:00Z'));
    await backupsAreFresh().run(ctx);
    expect(ctx.get('backups').database.takenAt).toBe('2026-11-21T15:30:00.000Z');
  });

  it('that is a live copy may be old because nobody uploads: that is left open', async () => {
    const config = {
      backups: {
        store: { kind: 'filesystem' as const, root: 'unset' },
        database: {},
        files: { layout: 'live' as const },
      },
    };
    await using ctx = await openContext({ config, objectives: { rpo: hours(1) } });
    const { store } = ctx.config.backups as unknown as { store: { root: string } };
    store.root = path.join(ctx.directory, 'backups');
    const uploaded = path.join(await putFiles(ctx), 'note.txt');
    await utimes(uploaded, outageAt, new Date(+outageAt - hours(9)));
    await putDump(ctx, 'mattermost.sql', PLAIN);
    await backupsAreFresh().run(ctx);
    expect(ctx.checkOf('backup.files.age')).toMatchObject({ verdict: 'unverified', code: 'FILES_QUIET' });
  });

  it('is missed where the second copy differs, and unverified where that cannot be read', async () => {
    await using ctx = await openContext({
      config: {
        backups: {
          store: { kind: 'filesystem', root: 'unset' },
          database: {},
          files: {},
          copies: ['same', 'differs', 'lacks', 'gone'].map((name) => ({
            name,
            store: { kind: 'filesystem' as const, root: name },
          })),
        },
      },
    });
    const { backups } = ctx.config as unknown as {
      backups: { store: { root: string }; copies: { store: { root: string } }[] };
    };
    backups.store.root = path.join(ctx.directory, 'backups');
    for (const { store } of backups.copies) store.root = path.join(ctx.directory, store.root);
    await putFiles(ctx);
    await putDump(ctx, 'mattermost.sql', PLAIN);
    for (const [copy, text] of [
      ['same', PLAIN],
      ['differs', PLAIN.replace('15.4', '15.5')],
    ] as const) {
      const folder = path.join(ctx.directory, copy, 'db', FOLDER);
      await mkdir(folder, { recursive: true });
      await writeFile(path.join(folder, 'mattermost.sql'), text);
    }
    await mkdir(path.join(ctx.directory, 'lacks'));
    await backupsAreFresh().run(ctx);
    expect(ctx.checkOf('backup.copy.same').verdict).toBe('passed');
    expect(ctx.checkOf('backup.copy.differs')).toMatchObject({ verdict: 'missed', code: 'COPY_DIFFERS' });
    expect(ctx.checkOf('backup.copy.lacks')).toMatchObject({ verdict: 'missed', code: 'BACKUP_MISSING' });
    expect(ctx.checkOf('backup.copy.gone')).toMatchObject({
      verdict: 'unverified',
      code: 'STORE_UNREADABLE',
    });
  });
});

describe.skipIf(realBackups === undefined)(`a real archive (${whyNoRealBackups})`, () => {
  for (const dump of ['mattermost.dump', 'mattermost.dir']) {
    it(`tells itself when it was taken: ${dump}`, async () => {
      await using ctx = await openContext();
      await putBackups(ctx, [dump, 'files.tar.gz']);
      await backupsAreFresh().run(ctx);
      expect(ctx.get('backups').database).toMatchObject({
        takenAt: TAKEN_AT,
        takenAtSource: 'archive-header',
      });
      expect(ctx.checkOf('backup.database.age')).toMatchObject({
        verdict: 'passed',
        metric: { value: 1800 },
      });
    });
  }

  it('is of another zone where its manifest differs by whole hours', async () => {
    await using ctx = await openContext();
    await putBackups(ctx, ['mattermost.dump', 'files.tar.gz']);
    await putManifest(ctx, 'db', ['mattermost.dump'], '2026-11-21T15:30:12Z');
    await backupsAreFresh().run(ctx);
    expect(ctx.get('backups').database).toMatchObject({
      takenAt: '2026-11-21T15:30:12.000Z',
      takenAtSource: 'manifest',
    });
  });
});

const openContext = (options: TestContextOptions = {}): Promise<TestContext> =>
  openStepContext({ outageAt, ...options });

async function putFiles(ctx: TestContext): Promise<string> {
  const folder = path.join(ctx.directory, 'backups', 'files', FOLDER, '20261120');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'note.txt'), 'a file');
  return folder;
}
