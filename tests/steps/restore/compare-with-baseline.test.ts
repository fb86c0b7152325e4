import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { BaselineManifest } from '../../../src/baseline/format.ts';
import { readDatabase } from '../../../src/baseline/read-database.ts';
import { promisesOf } from '../../../src/model/drill.ts';
import { baselineIsSound } from '../../../src/steps/preflight/baseline-is-sound.ts';
import { compareWithBaseline } from '../../../src/steps/restore/compare-with-baseline.ts';
import { compareDatabases } from '../../../src/steps/restore/compare/databases.ts';
import { holdAgainstBaseline, notPassed, openBaselineDesk, type BaselineDesk } from '../baseline-desk.ts';

vi.setConfig({ testTimeout: 60_000 });

let desk: BaselineDesk;
let archive: string;

beforeAll(async () => {
  desk = await openBaselineDesk();
  archive = desk.newArchive();
  const primary = await desk.copies.copy();
  await primary.client.query('CREATE SEQUENCE plugin_numbers');
  await primary.client.query(`SELECT nextval('plugin_numbers')`);
  await desk.take(primary, archive);
}, 120_000);
afterAll(() => desk[Symbol.asyncDispose]());

/** A copy as a whole dump restores it. */
async function restore() {
  const copy = await desk.copies.copy();
  await copy.client.query('CREATE SEQUENCE plugin_numbers');
  await copy.client.query(`SELECT nextval('plugin_numbers')`);
  return copy;
}

it('passes every comparison of a copy that is whole, and makes every one that it promised', async () => {
  const context = await desk.drill(await restore(), archive);
  await holdAgainstBaseline(context);
  expect(context.checks.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
  const made = context.checks.map(({ id }) => id);
  for (const step of [baselineIsSound(), compareWithBaseline()])
    expect(promisesOf(step, context).filter((id) => !made.includes(id))).toEqual([]);
});

it('tells nothing of anybody: no name, no address, no secret', async () => {
  const copy = await restore();
  const context = await desk.drill(copy, archive);
  await holdAgainstBaseline(context);
  const { rows } = await copy.client.query<{ text: string }>(
    `SELECT unnest(ARRAY[username, email, password, mfasecret]) AS text FROM users`,
  );
  const written = JSON.stringify([context.checks, [...context.attachments]]);
  expect(rows.filter(({ text }) => text?.length > 6 && written.includes(`"${text}"`))).toEqual([]);
});

it.skipIf(availableParallelism() < 2)(
  'leaves no connection open when not all of them can be made',
  async () => {
    const copy = await restore();
    const context = await desk.drill(copy, archive);
    await baselineIsSound().run(context);
    const { name } = context.get('database');
    await copy.client.query(`CREATE ROLE reader LOGIN PASSWORD 'x' CONNECTION LIMIT 1`);
    const passwordFile = path.join(context.directory, 'password');
    await writeFile(passwordFile, 'x');
    context.set('database', { ...context.get('database'), user: 'reader', passwordFile });
    await expect(compareWithBaseline().run(context)).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    const others = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = $1 AND usename = 'reader'`;
    await expect
      .poll(async () => (await copy.client.query<{ n: number }>(others, [name])).rows[0]?.n)
      .toBe(0);
  },
);

const FIRST = `(SELECT id FROM posts WHERE type = '' AND coalesce(originalid, '') = '' ORDER BY createat LIMIT 1)`;
const SSO = `(SELECT min(id) FROM users WHERE authservice = 'gitlab' AND deleteat = 0)`;

describe('a copy', () => {
  it.each<[string, string, Record<string, string>]>([
    [
      'with one blank more in one message',
      `UPDATE posts SET message = message || ' ' WHERE id = ${FIRST}`,
      { 'baseline.contents': 'TABLE_DIFFERS_FROM_BASELINE' },
    ],
    [
      'without one message',
      `DELETE FROM posts WHERE id = ${FIRST}`,
      {
        'baseline.rows': 'ROWS_DIFFER_FROM_BASELINE',
        'baseline.contents': 'TABLE_DIFFERS_FROM_BASELINE',
      },
    ],
    [
      'without the last hour',
      'DELETE FROM posts WHERE createat > (SELECT max(createat) - 3600000 FROM posts)',
      {
        'baseline.rows': 'ROWS_DIFFER_FROM_BASELINE',
        'baseline.contents': 'TABLE_DIFFERS_FROM_BASELINE',
        'baseline.newest-rows': 'NEWEST_ROWS_DIFFER',
        'baseline.posts-per-day': 'POSTS_PER_DAY_DIFFER',
      },
    ],
    [
      'with a row that was added',
      `INSERT INTO systems (name, value) VALUES ('Stranger', '1')`,
      {
        'baseline.rows': 'ROWS_DIFFER_FROM_BASELINE',
        'baseline.contents': 'TABLE_DIFFERS_FROM_BASELINE',
      },
    ],
    [
      'without a table',
      'DROP TABLE reactions',
      {
        'baseline.rows': 'ROWS_DIFFER_FROM_BASELINE',
        'baseline.contents': 'TABLE_DIFFERS_FROM_BASELINE',
        'baseline.newest-rows': 'NEWEST_ROWS_DIFFER',
      },
    ],
    [
      'whose sequence was set back',
      `SELECT setval('plugin_numbers', 7)`,
      { 'baseline.sequences': 'SEQUENCE_DIFFERS' },
    ],
    [
      'with an older schema',
      'DELETE FROM db_migrations WHERE version = (SELECT max(version) FROM db_migrations)',
      {
        'baseline.rows': 'ROWS_DIFFER_FROM_BASELINE',
        'baseline.contents': 'TABLE_DIFFERS_FROM_BASELINE',
        'baseline.schema-version': 'SCHEMA_DIFFERS',
      },
    ],
    [
      'with another setting',
      `UPDATE configurations SET value = jsonb_set(value::jsonb, '{ServiceSettings,SiteURL}', '"https://other.example"')::text WHERE active`,
      { 'baseline.contents': 'TABLE_DIFFERS_FROM_BASELINE', 'baseline.settings': 'SETTINGS_DIFFER' },
    ],
    [
      'of another site',
      `UPDATE systems SET value = 'another' WHERE name = 'DiagnosticId'`,
      { 'baseline.contents': 'TABLE_DIFFERS_FROM_BASELINE', 'baseline.site': 'OTHER_SITE' },
    ],
    [
      'with another sign-in id',
      `UPDATE users SET authdata = '4711' WHERE id = ${SSO}`,
      {
        'baseline.contents': 'TABLE_DIFFERS_FROM_BASELINE',
        'baseline.users': 'USERS_DIFFER_FROM_BASELINE',
      },
    ],
    [
      'in which somebody lost a channel',
      `DELETE FROM channelmembers WHERE ctid = (SELECT min(ctid) FROM channelmembers)`,
      {
        'baseline.rows': 'ROWS_DIFFER_FROM_BASELINE',
        'baseline.contents': 'TABLE_DIFFERS_FROM_BASELINE',
        'baseline.memberships': 'MEMBERSHIPS_DIFFER',
      },
    ],
    [
      'in which a file lost its row',
      `DELETE FROM fileinfo WHERE id = (SELECT min(id) FROM fileinfo WHERE deleteat = 0)`,
      {
        'baseline.rows': 'ROWS_DIFFER_FROM_BASELINE',
        'baseline.contents': 'TABLE_DIFFERS_FROM_BASELINE',
        'baseline.files-named': 'FILES_UNNAMED',
      },
    ],
  ])('%s is told from the primary, and for the right reason', async (_, damage, expected) => {
    const copy = await restore();
    await copy.client.query(damage);
    const context = await desk.drill(copy, archive);
    await holdAgainstBaseline(context);
    const missed = context.checks.filter(({ verdict }) => verdict !== 'passed');
    expect(Object.fromEntries(missed.map(({ id, code }) => [id, code]))).toEqual(expected);
    expect(missed.every(({ verdict }) => verdict === 'missed')).toBe(true);
  });

  it.each([
    ['accounts', 'DROP TABLE users', ['baseline.users', 'baseline.memberships']],
    ['messages', 'DROP TABLE posts', ['baseline.posts-per-day', 'baseline.schema-version']],
    ['attachments', 'DROP TABLE fileinfo', ['baseline.files-present', 'baseline.files-named']],
  ])(
    'without its table of %s misses its rows, and leaves open what cannot be asked',
    async (_, damage, open) => {
      const copy = await restore();
      await copy.client.query(`${damage} CASCADE`);
      const context = await desk.drill(copy, archive);
      await holdAgainstBaseline(context);
      expect(context.checkOf('baseline.rows')).toMatchObject({ code: 'ROWS_DIFFER_FROM_BASELINE' });
      for (const id of open)
        expect(context.checkOf(id)).toMatchObject({ verdict: 'unverified', code: 'AUDIT_NOT_POSSIBLE' });
    },
  );

  it('names the tables that differ, with both numbers', async () => {
    const copy = await restore();
    const [row] = (await copy.client.query<{ n: number }>('SELECT count(*)::int AS n FROM reactions')).rows;
    await copy.client.query('DELETE FROM reactions WHERE ctid = (SELECT min(ctid) FROM reactions)');
    const context = await desk.drill(copy, archive);
    await holdAgainstBaseline(context);
    const { n = 0 } = row ?? {};
    expect(context.checkOf('baseline.rows').seen).toContain(`public.reactions: ${n - 1} of ${n}`);
  });
});

describe('a file store', () => {
  it.each<[string, (file: string) => Promise<unknown>, Record<string, string>]>([
    [
      'with a file of the same size and other bytes',
      async (file) =>
        writeFile(
          file,
          (await readFile(file)).map((byte) => byte ^ 1),
        ),
      { 'baseline.files-content': 'FILE_DIFFERS_FROM_BASELINE' },
    ],
    ['without a file', (file) => rm(file), { 'baseline.files-present': 'FILES_MISSING' }],
  ])('%s misses its comparison', async (_, damage, expected) => {
    const files = path.join(await mkdtemp(path.join(desk.directory, 'files-')), 'files');
    await cp(desk.copies.files, files, { recursive: true });
    const copy = await restore();
    const context = await desk.drill(copy, archive);
    context.set('files', { kind: 'folder', directory: files, objects: 0, bytes: 0 });
    const { rows } = await copy.client.query<{ path: string }>(
      'SELECT path FROM fileinfo WHERE deleteat = 0 ORDER BY id LIMIT 1',
    );
    await damage(path.join(files, rows[0]?.path ?? ''));
    await holdAgainstBaseline(context);
    const missed = context.checks.filter(({ verdict }) => verdict !== 'passed');
    expect(Object.fromEntries(missed.map(({ id, code }) => [id, code]))).toEqual(expected);
  });
});

it('leaves open whether it is the same site where the primary had no id of its own', async () => {
  const without = desk.newArchive();
  const primary = await desk.copies.copy();
  await primary.client.query(`DELETE FROM systems WHERE name = 'DiagnosticId'`);
  await desk.take(primary, without);
  const context = await desk.drill(await restore(), without);
  await holdAgainstBaseline(context);
  expect(context.checkOf('baseline.site')).toMatchObject({ verdict: 'unverified', code: 'SITE_UNKNOWN' });
});

it('misses a copy in another encoding', async () => {
  const copy = await restore();
  const database = await readDatabase(copy.client, new Date());
  const garbled = { ...database, encoding: 'SQL_ASCII' };
  const checks = await compareDatabases(await copy.context(), { database } as BaselineManifest, garbled);
  expect(checks.filter(({ verdict }) => verdict === 'missed')).toEqual([
    expect.objectContaining({ id: 'baseline.encoding', code: 'ENCODING_DIFFERS', expected: 'UTF8' }),
  ]);
});

describe('a configuration that is kept in a file', () => {
  it.each([
    ['as it was', (stored: string) => stored, 'passed'],
    ['that is not JSON', (stored: string) => stored.slice(1), 'unverified'],
  ])('is held against the baseline %s', async (name, write, verdict) => {
    const copy = await restore();
    const { rows } = await copy.client.query<{ value: string }>(
      `SELECT value FROM configurations WHERE active`,
    );
    await copy.client.query('DELETE FROM configurations');
    const context = await desk.drill(copy, archive);
    const key = `${name}.json`;
    await writeFile(path.join(path.dirname(desk.copies.files), key), write(rows[0]?.value ?? ''));
    context.set('backups', { ...context.get('backups'), configuration: { key, takenAt: '' } });
    await holdAgainstBaseline(context);
    expect(context.checkOf('baseline.settings').verdict).toBe(verdict);
  });

  it('is not asked for when the baseline has nothing to hold it against', async () => {
    const copy = await desk.copies.copy();
    await copy.client.query('DELETE FROM configurations');
    const without = desk.newArchive();
    await desk.take(copy, without);
    const context = await desk.drill(copy, without);
    const configuration = { key: 'nowhere.json', takenAt: '' };
    context.set('backups', { ...context.get('backups'), configuration });
    await holdAgainstBaseline(context);
    expect(context.checkOf('baseline.settings')).toMatchObject({
      verdict: 'unverified',
      code: 'SETTINGS_UNKNOWN',
    });
  });
});

it('leaves every comparison unverified without a baseline', async () => {
  const context = await desk.drill(await restore(), desk.newArchive(), { baseline: undefined });
  await holdAgainstBaseline(context);
  expect(context.checks.length).toBeGreaterThan(14);
  for (const check of context.checks)
    expect(check).toMatchObject({ verdict: 'unverified', code: 'BASELINE_MISSING' });
});

it('does not blame the backup for rows that another moment could explain', async () => {
  const alone = desk.newArchive();
  await desk.take(await desk.copies.copy(), alone, { meanwhile: undefined });
  const copy = await desk.copies.copy();
  await copy.client.query(`DELETE FROM posts WHERE id = ${FIRST}`);
  const context = await desk.drill(copy, alone);
  await holdAgainstBaseline(context);
  expect(notPassed(context)).toEqual(['baseline.rows', 'baseline.contents']);
  expect(context.checkOf('baseline.rows')).toMatchObject({
    verdict: 'unverified',
    code: 'BASELINE_OF_OTHER_MOMENT',
  });
});
