import { readdirSync, symlinkSync } from 'node:fs';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openSnapshot } from '../../src/baseline/snapshot.ts';
import { readTables } from '../../src/baseline/read-tables.ts';
import { isSamePlace } from '../../src/providers/object-store/same-place.ts';
import { DrillError } from '../../src/model/errors.ts';
import { configSchema } from '../../src/model/config.ts';
import { openBaselineDesk, targetOf, type BaselineDesk } from '../steps/baseline-desk.ts';
import { readRealManifest, realBackups, whyNoBackups } from '../support/backups.ts';

vi.setConfig({ testTimeout: 60_000 });

const UNSTOPPED = { signal: new AbortController().signal, say: () => {} };

let desk: BaselineDesk;
beforeAll(async () => void (desk = await openBaselineDesk()), 120_000);
afterEach(() => void vi.unstubAllEnvs());
afterAll(() => desk[Symbol.asyncDispose]());

it('sees the moment of its snapshot, whatever is written while the backup job runs', async () => {
  const primary = await desk.copies.copy();
  const before = await countUsers(primary.client);
  const { manifest } = await desk.take(primary, desk.newArchive(), {
    meanwhile: async (snapshot) => {
      await primary.client.query(`DELETE FROM users WHERE id = (SELECT min(id) FROM users)`);
      // What pg_dump is given: it sees the account that is gone.
      const other = new Client({ ...(await targetOf(primary)) });
      await other.connect();
      await other.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await other.query(`SET TRANSACTION SNAPSHOT '${snapshot}'`);
      expect(await countUsers(other)).toBe(before);
      await other.end();
    },
  });
  expect(manifest.tables.find(({ name }) => name === 'public.users')?.rows).toBe(before);
  expect(manifest.sections.users.records).toBe(before);
  expect(manifest.snapshot.shared).toBe(true);
});

it('publishes nothing when the backup job fails', async () => {
  const archive = desk.newArchive();
  const failing = () => Promise.reject(new DrillError('COMMAND_FAILED', 'pg_dump ended with 1'));
  await expect(desk.take(await desk.copies.copy(), archive, { meanwhile: failing })).rejects.toThrow(
    'pg_dump ended with 1',
  );
  expect(await readdir(archive).catch(() => [])).toEqual([]);
});

it.each([
  ['tables', /^snapshot/],
  ['accounts', /rows in/],
  ['keys of files', /accounts are read/],
])('stops before it reads the %s when it is told to', async (_, last) => {
  const archive = desk.newArchive();
  const abort = new AbortController();
  const said: string[] = [];
  const say = (line: string) => {
    said.push(line);
    if (last.test(line)) abort.abort(new Error('somebody pressed Ctrl-C'));
  };
  const taking = desk.take(await desk.copies.copy(), archive, { signal: abort.signal, say });
  await expect(taking).rejects.toThrow('somebody pressed Ctrl-C');
  expect(said.at(-1)).toMatch(last);
  expect(await readdir(archive).catch(() => [])).toEqual([]);
});

it('writes no name, no address and no secret of anybody', async () => {
  const primary = await desk.copies.copy();
  const archive = desk.newArchive();
  const { key, manifest } = await desk.take(primary, archive);
  expect(await readdir(path.join(archive, key))).toEqual(
    expect.arrayContaining(['manifest.json', 'manifest.sig', 'users.ndjson.gz', 'files.ndjson.gz']),
  );
  const users = gunzipSync(await readFile(path.join(archive, key, 'users.ndjson.gz'))).toString();
  const { rows } = await primary.client.query<{ text: string }>(
    `SELECT unnest(ARRAY[username, email, password, mfasecret]) AS text FROM users`,
  );
  const written = users + JSON.stringify(manifest);
  expect(rows.filter(({ text }) => text !== '' && written.includes(`"${text}"`))).toEqual([]);
});

describe('a primary that cannot be read', () => {
  it.each<[string, object, RegExp]>([
    ['refuses the password', { password: 'wrong' }, /cannot connect to database/],
    ['is not there', { port: 1 }, /cannot connect to database/],
  ])('%s, and the error says so', async (_, wrong, message) => {
    const primary = await desk.copies.copy();
    const database = { ...(await targetOf(primary)), ...wrong };
    await expect(desk.take(primary, desk.newArchive(), { database })).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringMatching(message),
    });
  });

  it('does not let its role read everything, and the error names the grant', async () => {
    const primary = await desk.copies.copy();
    await primary.client.query(`CREATE ROLE nobody_much LOGIN PASSWORD 'x'`);
    const database = { ...(await targetOf(primary)), user: 'nobody_much', password: 'x' };
    await expect(desk.take(primary, desk.newArchive(), { database })).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      hint: expect.stringContaining('GRANT pg_read_all_data'),
    });
  });

  it('is not blamed for a disk that cannot be written', async () => {
    const temporary = await mkdtemp(path.join(desk.directory, 'temporary-'));
    vi.stubEnv('TMPDIR', temporary);
    const loop = () => {
      const file = path.join(temporary, readdirSync(temporary)[0] ?? '', 'users.ndjson.gz');
      symlinkSync(file, file);
    };
    const taking = desk.take(await desk.copies.copy(), desk.newArchive(), {
      say: (line) => void (line.startsWith('snapshot') && loop()),
    });
    await expect(taking).rejects.toMatchObject({ code: 'ELOOP' });
  });

  it('holds no such snapshot', async () => {
    const primary = await desk.copies.copy();
    await expect(openSnapshot(await targetOf(primary), '00000000-0000FFFF-1')).rejects.toMatchObject({
      code: 'USAGE_INVALID',
    });
  });
});

describe('a checksum', () => {
  it('depends on neither the order of rows nor the time zone, and sees equal rows', async () => {
    const { client } = await desk.copies.copy();
    await client.query(`CREATE SCHEMA trial`);
    await client.query(`CREATE TABLE trial.one (a text, b timestamptz, c float8)`);
    const row = `('x', '2026-11-22T00:00:00Z', 0.1)`;
    await client.query(`INSERT INTO trial.one VALUES ${row}, ${row}, ('y', NULL, NULL)`);
    await client.query(`CREATE TABLE trial.two AS SELECT * FROM trial.one ORDER BY a DESC`);
    await client.query(`CREATE TABLE trial.none AS SELECT * FROM trial.one WHERE a = 'y'`);
    const states = new Map(
      (await readTables([client], UNSTOPPED)).map(({ name, ...state }) => [name, state]),
    );
    expect(states.get('trial.two')).toEqual(states.get('trial.one'));
    expect(states.get('trial.none')?.hash).not.toBe(states.get('trial.one')?.hash);
  });

  it.skipIf(realBackups === undefined)(
    `is the one that the maker of the real backups computed (${whyNoBackups} otherwise)`,
    async () => {
      const { tables } = readRealManifest(realBackups ?? '');
      await using snapshot = await openSnapshot(await targetOf(await desk.copies.copyOfReal()));
      const states = await readTables(snapshot.clients, UNSTOPPED);
      expect(Object.fromEntries(states.map(({ name, rows, hash }) => [name, { rows, hash }]))).toEqual(
        Object.fromEntries(
          Object.entries(tables).map(([name, { rows, hashsum }]) => [
            `public.${name}`,
            { rows, hash: hashsum },
          ]),
        ),
      );
    },
  );
});

describe('the archive', () => {
  const s3 = { kind: 's3', bucket: 'mm' } as const;
  it.each([
    ['the same bucket under another prefix', s3, { ...s3, prefix: 'evidence' }, true],
    ['another bucket', s3, { ...s3, bucket: 'evidence' }, false],
    ['AWS by another of its names', s3, { ...s3, endpoint: 'https://s3.eu-west-1.amazonaws.com' }, true],
    [
      'an endpoint with a slash at its end',
      { ...s3, endpoint: 'https://s3.example' },
      { ...s3, endpoint: 'https://s3.example/' },
      true,
    ],
    ['a bucket of that name elsewhere', s3, { ...s3, endpoint: 'https://s3.example' }, false],
    [
      'a folder in that of the backups',
      { kind: 'filesystem', root: '/b' },
      { kind: 'filesystem', root: '/b/e' },
      true,
    ],
    ['a folder beside it', { kind: 'filesystem', root: '/b' }, { kind: 'filesystem', root: '/bb' }, false],
  ] as const)('is told from the place of the backups: %s', (_, one, other, same) => {
    const { store } = configSchema.shape.backups.shape;
    expect(isSamePlace(store.parse(one), store.parse(other))).toBe(same);
  });
});

async function countUsers(client: Client): Promise<number> {
  return Number((await client.query<{ n: string }>('SELECT count(*) AS n FROM users')).rows[0]?.n);
}
