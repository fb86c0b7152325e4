import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import { create } from 'tar';
import { describe, expect, it } from 'vitest';
import { backupsAreFresh } from '../../../src/steps/preflight/backups-are-fresh.ts';
import { backupsAreIntact } from '../../../src/steps/preflight/backups-are-intact.ts';
import { openStepContext, type TestContext } from '../../support/step-context.ts';
import {
  FOLDER,
  putBackups,
  putDump,
  putManifest,
  readReal,
  realBackups,
  whyNoRealBackups,
} from '../backups/real-backups.ts';

const outageAt = new Date('2026-11-21T18:00:00Z');
/** Where the rows of the custom dump lie: its table of contents ends well before. */
const IN_THE_ROWS = 250_000;

describe.skipIf(realBackups === undefined)(`the newest backups (${whyNoRealBackups})`, () => {
  for (const dump of ['mattermost.dump', 'mattermost.dir', 'mattermost.sql.gz']) {
    it(`are intact when the dump is ${dump}`, async () => {
      await using ctx = await openContext();
      await putBackups(ctx, [dump, 'files.tar.gz']);
      await preflight(ctx);
      for (const check of ['readable', 'is-mattermost', 'tool-version'])
        expect(ctx.checkOf(`backup.database.${check}`).verdict).toBe('passed');
      expect(ctx.checkOf('backup.files.readable')).toMatchObject({
        verdict: 'passed',
        seen: '76 files, 104.7 kB',
      });
      expect(ctx.get('backups').database.rows).toMatchObject({ 'public.posts': 2845, 'public.users': 23 });
      expect(ctx.checks.some(({ id }) => id === 'backup.database.hash')).toBe(false);
    });
  }

  it('are held against the hash of a manifest', async () => {
    await using ctx = await openContext();
    await putBackups(ctx, ['mattermost.dump', 'files.tar.gz']);
    await putManifest(ctx, 'db', ['mattermost.dump']);
    await preflight(ctx);
    expect(ctx.checkOf('backup.database.hash').verdict).toBe('passed');
  });

  it('miss the hash when the dump changed after its manifest was written', async () => {
    await using ctx = await openContext();
    await putBackups(ctx, ['mattermost.dump', 'files.tar.gz']);
    await putManifest(ctx, 'db', ['mattermost.dump']);
    await putDump(ctx, 'mattermost.dump', flip(await readReal('mattermost.dump'), IN_THE_ROWS));
    await preflight(ctx);
    expect(ctx.checkOf('backup.database.hash')).toMatchObject({
      verdict: 'missed',
      code: 'BACKUP_HASH_DIFFERS',
    });
  });

  for (const [what, name, damage, seen] of [
    [
      'a truncated custom dump',
      'mattermost.dump',
      (bytes) => bytes.subarray(0, bytes.length / 2),
      /end of file/,
    ],
    [
      'flipped bytes in a custom dump',
      'mattermost.dump',
      (bytes) => flip(bytes, IN_THE_ROWS),
      /uncompress|corrupt|data|found/,
    ],
    [
      'a truncated plain dump in gzip',
      'mattermost.sql.gz',
      (bytes) => bytes.subarray(0, -2_000),
      /unexpected end of file/,
    ],
    [
      'a garbled gzip',
      'mattermost.sql.gz',
      (bytes) => flip(bytes, bytes.length / 2),
      /incorrect|invalid|too far back/,
    ],
    [
      'a plain dump that ends inside a table',
      'mattermost.sql',
      (bytes) => gunzipSync(bytes).subarray(0, 400_000),
      /ends inside the rows of public\./,
    ],
    [
      'a plain dump without its last line',
      'mattermost.sql',
      (bytes) => gunzipSync(bytes).subarray(0, -300),
      /last line is missing/,
    ],
  ] satisfies [string, string, (bytes: Buffer) => Buffer, RegExp][]) {
    it(`are not readable: ${what}`, async () => {
      await using ctx = await openContext();
      await putBackups(ctx, ['files.tar.gz']);
      await putDump(
        ctx,
        name,
        damage(await readReal(name === 'mattermost.sql' ? 'mattermost.sql.gz' : name)),
      );
      await preflight(ctx);
      const check = ctx.checkOf('backup.database.readable');
      expect(check).toMatchObject({ verdict: 'missed', code: 'BACKUP_UNREADABLE' });
      expect(check.seen).toMatch(seen);
      expect(ctx.get('backups').database.rows).toBeUndefined();
    });
  }

  it('are not readable: a file of a directory dump is missing, another one cut off', async () => {
    await using ctx = await openContext();
    await putBackups(ctx, ['mattermost.dir', 'files.tar.gz']);
    const folder = path.join(ctx.directory, 'backups', 'db', FOLDER, 'mattermost.dir');
    await rm(path.join(folder, '4113.dat.gz'));
    const rows = gunzipSync(await readFile(path.join(folder, '4114.dat.gz')));
    await putDump(ctx, 'mattermost.dir/4114.dat.gz', gzipSync(rows.subarray(0, -100)));
    await preflight(ctx);
    const check = ctx.checkOf('backup.database.readable');
    expect(check).toMatchObject({ verdict: 'missed', code: 'BACKUP_UNREADABLE' });
    const { problems } = JSON.parse(ctx.attachments.get('dump-rows.json') ?? '') as { problems: string[] };
    expect(problems.toSorted()).toEqual([
      expect.stringContaining('4114.dat.gz, table public.') as string,
      expect.stringContaining('(4113.dat) is missing') as string,
    ]);
  });

  it('are of another database', async () => {
    await using ctx = await openContext();
    await putBackups(ctx, ['files.tar.gz']);
    await putDump(ctx, 'wiki.sql', WIKI);
    await preflight(ctx);
    expect(ctx.checkOf('backup.database.readable').verdict).toBe('passed');
    const check = ctx.checkOf('backup.database.is-mattermost');
    expect(check).toMatchObject({ verdict: 'missed', code: 'NOT_MATTERMOST' });
    expect(check.seen).toContain('public.pages');
  });

  it('are of an empty database', async () => {
    await using ctx = await openContext();
    await putBackups(ctx, ['files.tar.gz']);
    await putDump(ctx, 'empty.sql', WIKI.replace(/-- Name: pages[\s\S]*\\\.\n/, ''));
    await preflight(ctx);
    expect(ctx.checkOf('backup.database.is-mattermost').seen).toContain('an empty database was dumped');
  });

  it('lack a table that Mattermost needs', async () => {
    await using ctx = await openContext();
    await putBackups(ctx, ['files.tar.gz']);
    const sql = gunzipSync(await readReal('mattermost.sql.gz')).toString('latin1');
    await putDump(
      ctx,
      'mattermost.sql',
      Buffer.from(sql.replaceAll('Name: posts; Type: TABLE;', 'Name: posts_old; Type: TABLE;'), 'latin1'),
    );
    await preflight(ctx);
    expect(ctx.checkOf('backup.database.is-mattermost')).toMatchObject({
      verdict: 'missed',
      seen: expect.stringContaining('no posts among') as string,
    });
  });

  it('are newer than the tools, which is said of the tools and not of the dump', async () => {
    await using ctx = await openContext();
    await putBackups(ctx, ['files.tar.gz']);
    const bytes = await readReal('mattermost.dump');
    bytes[6] = 99;
    // From archive 1.15 on, the compression is one byte; before it was an int of five.
    const forged = Buffer.concat([bytes.subarray(0, 11), Buffer.from([1]), bytes.subarray(16)]);
    await putDump(
      ctx,
      'mattermost.dump',
      Buffer.from(forged.toString('latin1').replaceAll('15.18 (D', '99.18 (D'), 'latin1'),
    );
    await preflight(ctx);
    expect(ctx.checkOf('backup.database.tool-version')).toMatchObject({
      verdict: 'missed',
      code: 'DUMP_NEWER_THAN_TOOLS',
    });
    const readable = ctx.checkOf('backup.database.readable');
    expect(readable.verdict).toBe('unverified');
    expect(readable.seen).toContain('unsupported version (1.99)');
  });

  it('have a cut-off archive of files', async () => {
    await using ctx = await openContext();
    await putBackups(ctx, ['mattermost.dump']);
    const tar = await readReal('files.tar.gz');
    await putDump(ctx, `../../files/${FOLDER}/files.tar.gz`, tar.subarray(0, 30_000));
    await preflight(ctx);
    expect(ctx.checkOf('backup.files.readable')).toMatchObject({
      verdict: 'missed',
      code: 'BACKUP_UNREADABLE',
    });
  });

  it('have an archive of files with nothing in it', async () => {
    await using ctx = await openContext();
    await putBackups(ctx, ['mattermost.dump']);
    const empty = path.join(ctx.directory, 'unmounted');
    await mkdir(empty);
    await putDump(
      ctx,
      `../../files/${FOLDER}/files.tar.gz`,
      await buffer(create({ cwd: empty, gzip: true }, ['.'])),
    );
    await preflight(ctx);
    expect(ctx.checkOf('backup.files.readable')).toMatchObject({ verdict: 'missed', code: 'BACKUP_EMPTY' });
  });
});

async function openContext(): Promise<TestContext> {
  return openStepContext({ outageAt });
}

async function preflight(ctx: TestContext): Promise<void> {
  await backupsAreFresh().run(ctx);
  await backupsAreIntact().run(ctx);
}

function flip(bytes: Buffer, at: number): Buffer {
  const damaged = Buffer.from(bytes);
  for (let i = 0; i < 8; i++) damaged[Math.floor(at) + i] = (damaged[Math.floor(at) + i] ?? 0) ^ 0xff;
  return damaged;
}

const WIKI = `--
-- PostgreSQL database dump
--

-- Dumped from database version 15.4
-- Dumped by pg_dump version 15.4

SET client_encoding = 'UTF8';

--
-- Name: pages; Type: TABLE; Schema: public; Owner: wiki
--

CREATE TABLE public.pages (
    id integer
);


--
-- Data for Name: pages; Type: TABLE DATA; Schema: public; Owner: wiki
--

COPY public.pages (id) FROM stdin;
1
\\.


--
-- PostgreSQL database dump complete
--
`;
