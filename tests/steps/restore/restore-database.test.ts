import { readFile, stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createGunzip, createGzip, zstdCompressSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RestoredDatabase } from '../../../src/model/facts.ts';
import { createCluster, type Cluster } from '../../../src/providers/database/cluster.ts';
import { withClient, type Target } from '../../../src/providers/database/target.ts';
import { backupsAreFresh } from '../../../src/steps/preflight/backups-are-fresh.ts';
import { restoreDatabase } from '../../../src/steps/restore/restore-database.ts';
import { completeDatabase } from '../../../src/steps/verify/complete-database.ts';
import { findFreePort } from '../../../src/support/ports.ts';
import { openStepContext, type TestContext, type TestContextOptions } from '../../support/step-context.ts';
import {
  putBackups,
  putDump,
  readReal,
  readRealManifest,
  realBackups,
  whyNoRealBackups,
} from '../backups/real-backups.ts';

const outageAt = new Date('2026-11-21T18:00:00Z');
const MINUTE = 120_000;

describe.skipIf(realBackups === undefined)(`restoring a real dump (${whyNoRealBackups})`, () => {
  for (const [name, put] of [
    ['a custom dump', (ctx) => putBackups(ctx, ['mattermost.dump', 'files.tar.gz'])],
    ['a directory dump', (ctx) => putBackups(ctx, ['mattermost.dir', 'files.tar.gz'])],
    ['a plain dump', (ctx) => putBackups(ctx, ['mattermost.sql.gz', 'files.tar.gz'])],
    ['a custom dump in gzip', (ctx) => compressed(ctx, gzip)],
    ['a custom dump in zstd', (ctx) => compressed(ctx, async (bytes) => zstdCompressSync(bytes))],
    ['a plain dump in zstd', (ctx) => plainInZstd(ctx)],
  ] satisfies [string, (ctx: TestContext) => Promise<unknown>][]) {
    it(`restores ${name} with the counts and checksums of its manifest`, { timeout: MINUTE }, async () => {
      await using ctx = await openRestore();
      await put(ctx);
      await backupsAreFresh().run(ctx);
      const step = restoreDatabase();
      await step.run(ctx);
      expect(ctx.checkOf('restore.rows-match-dump')).toMatchObject({
        verdict: 'passed',
        seen: '6516 rows in 83 tables',
      });
      expect(await differingTables(await targetOf(ctx.get('database')))).toEqual([]);
      expect(ctx.get('database').deferred).toMatchObject({ indexes: 11, materializedViews: 5 });

      await completeDatabase().run(ctx);
      expect(ctx.checkOf('complete.indexes-valid').verdict).toBe('passed');
      expect(ctx.checkOf('complete.materialized-views').verdict).toBe('passed');
      await step.undo?.(ctx);
      expect([...ctx.resources]).toEqual([]);
      expect(existsSync(path.join(ctx.directory, 'scratch'))).toBe(false);
    });
  }

  it('builds everything at once where the order is complete', { timeout: MINUTE }, async () => {
    await using ctx = await openRestore({ config: { restore: { order: 'complete' } } });
    await putBackups(ctx, ['mattermost.dump', 'files.tar.gz']);
    await backupsAreFresh().run(ctx);
    await restoreDatabase().run(ctx);
    expect(ctx.get('database').deferred).toBeNull();
    expect(ctx.moments).toEqual(['download-started', 'complete']);
    await completeDatabase().run(ctx);
    expect(ctx.checkOf('complete.indexes-valid').verdict).toBe('passed');
    expect(ctx.checkOf('complete.materialized-views').verdict).toBe('passed');
  });

  describe('a restored copy', () => {
    let ctx: TestContext;
    beforeAll(async () => {
      ctx = await openRestore();
      await putBackups(ctx, ['mattermost.dump', 'files.tar.gz']);
      await backupsAreFresh().run(ctx);
      await restoreDatabase().run(ctx);
    }, MINUTE);
    afterAll(() => ctx[Symbol.asyncDispose]());

    it('has autovacuum and durable writes on again before anybody uses it', async () => {
      const { rows } = await withClient(await targetOf(ctx.get('database')), (client) =>
        client.query<{ setting: string }>(
          `select setting from pg_settings where name in ('autovacuum', 'fsync', 'full_page_writes', 'synchronous_commit')`,
        ),
      );
      expect(rows.map(({ setting }) => setting)).toEqual(['on', 'on', 'on', 'on']);
    });

    it('has its password in a file that only we can read, and nowhere that is shown', async () => {
      const { passwordFile } = ctx.get('database');
      const password = await readFile(passwordFile, 'utf8');
      expect((await stat(passwordFile)).mode & 0o777).toBe(0o600);
      expect(ctx.hidden).toContain(password);
      expect(ctx.commands.join('\n') + JSON.stringify(ctx.facts)).not.toContain(password);
    });

    it('is not complete once an index has been lost', { timeout: MINUTE }, async () => {
      await withClient(await targetOf(ctx.get('database')), (client) =>
        client.query('drop index idx_posts_channel_id_update_at'),
      );
      await completeDatabase().run(ctx);
      const check = ctx.checkOf('complete.indexes-valid');
      expect(check).toMatchObject({ verdict: 'missed', code: 'INDEXES_INCOMPLETE' });
      expect(check.seen).toContain('idx_posts_channel_id_update_at');
    });
  });

  it('undoes a restore that never began', async () => {
    await using ctx = await openRestore();
    await restoreDatabase().undo?.(ctx);
    expect([...ctx.resources]).toEqual([]);
  });
});

describe.skipIf(realBackups === undefined)(
  `a scratch database on a given server (${whyNoRealBackups})`,
  () => {
    it('makes its own database, and undo drops that one alone', { timeout: MINUTE }, async () => {
      await using server = await openServer();
      await using ctx = await openRestore({ config: { scratch: server.config } });
      await putBackups(ctx, ['mattermost.dump', 'files.tar.gz']);
      await backupsAreFresh().run(ctx);
      const step = restoreDatabase();
      await step.run(ctx);
      expect(await differingTables(await targetOf(ctx.get('database')))).toEqual([]);
      expect([...ctx.resources]).toContain(`database muster_scratch on 127.0.0.1:${server.cluster.port}`);
      await step.undo?.(ctx);
      expect([...ctx.resources]).toEqual([]);
      expect(await server.databases()).toEqual(['postgres']);
    });

    it('refuses a database that is there already, and leaves it alone', { timeout: MINUTE }, async () => {
      await using server = await openServer();
      await server.query('create database muster_scratch');
      await using ctx = await openRestore({ config: { scratch: server.config } });
      await putBackups(ctx, ['mattermost.dump', 'files.tar.gz']);
      await backupsAreFresh().run(ctx);
      const step = restoreDatabase();
      await expect(step.run(ctx)).rejects.toMatchObject({ code: 'SCRATCH_NOT_EMPTY' });
      await step.undo?.(ctx);
      expect(await server.databases()).toEqual(['muster_scratch', 'postgres']);
    });

    it('says so when the password is wrong', { timeout: MINUTE }, async () => {
      await using server = await openServer();
      process.env['MUSTER_TEST_SCRATCH_PASSWORD'] = 'wrong';
      await using ctx = await openRestore({ config: { scratch: server.config } });
      await putBackups(ctx, ['mattermost.dump', 'files.tar.gz']);
      await backupsAreFresh().run(ctx);
      await expect(restoreDatabase().run(ctx)).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    });
  },
);

async function openRestore(options: TestContextOptions = {}): Promise<TestContext> {
  const ctx = await openStepContext({ outageAt, ...options });
  const directory = path.join(ctx.directory, 'scratch');
  ctx.set('scratch', {
    directory,
    databaseDirectory: path.join(directory, 'database'),
    address: '127.0.0.1',
    port: 0,
  });
  return ctx;
}

async function openServer() {
  const ctx = await openStepContext();
  const password = 'invented-for-this-test';
  process.env['MUSTER_TEST_SCRATCH_PASSWORD'] = password;
  const port = await findFreePort();
  const cluster: Cluster = await createCluster({
    directory: path.join(ctx.directory, 'server'),
    port,
    address: '127.0.0.1',
    superuserPassword: password,
  });
  const target: Target = { host: '127.0.0.1', port, user: 'postgres', password, database: 'postgres' };
  const query = (sql: string) => withClient(target, (client) => client.query<{ datname: string }>(sql));
  return {
    cluster,
    query,
    config: {
      kind: 'local' as const,
      directory: path.join(ctx.directory, 'scratch'),
      database: {
        kind: 'server' as const,
        host: '127.0.0.1',
        port,
        user: 'postgres',
        password: { env: 'MUSTER_TEST_SCRATCH_PASSWORD' },
      },
    },
    async databases() {
      const { rows } = await query(
        'select datname from pg_database where not datistemplate order by datname',
      );
      return rows.map(({ datname }) => datname);
    },
    async [Symbol.asyncDispose]() {
      await cluster.stop();
      await ctx[Symbol.asyncDispose]();
    },
  };
}

async function targetOf({ host, port, user, name, passwordFile }: RestoredDatabase): Promise<Target> {
  return { host, port, user, database: name, password: await readFile(passwordFile, 'utf8') };
}

/** Tables that differ from the set's manifest, by its own rule. */
async function differingTables(target: Target): Promise<string[]> {
  const { tables } = await readRealManifest();
  return withClient(target, async (client) => {
    await client.query('set timezone = UTC; set extra_float_digits = 1; set bytea_output = hex');
    const differing: string[] = [];
    for (const [table, { rows, md5 }] of Object.entries(tables)) {
      const found = await client.query<{ rows: number; md5: string }>(
        `select count(*)::int as rows, md5(coalesce(string_agg(md5(t::text), '' order by md5(t::text) collate "C"), '')) as md5 from public.${table} t`,
      );
      if (found.rows[0]?.rows !== rows || found.rows[0]?.md5 !== md5) differing.push(table);
    }
    return differing;
  });
}

async function compressed(ctx: TestContext, compress: (bytes: Buffer) => Promise<Buffer>): Promise<void> {
  await putBackups(ctx, ['files.tar.gz']);
  await putDump(ctx, 'mattermost.dump.packed', await compress(await readReal('mattermost.dump')));
}

async function plainInZstd(ctx: TestContext): Promise<void> {
  await putBackups(ctx, ['files.tar.gz']);
  const sql = await buffer(Readable.from([await readReal('mattermost.sql.gz')]).pipe(createGunzip()));
  await putDump(ctx, 'mattermost.sql.zst', zstdCompressSync(sql));
}

const gzip = (bytes: Buffer): Promise<Buffer> => buffer(Readable.from([bytes]).pipe(createGzip()));
