import { readdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { openBaselineDesk, targetOf, type BaselineDesk } from '../steps/baseline-desk.ts';
import { CONFIG, openDesk } from './muster.ts';

vi.setConfig({ testTimeout: 60_000 });

let site: BaselineDesk;
let desk: Awaited<ReturnType<typeof openDesk>>;
let database: Awaited<ReturnType<typeof targetOf>>;

beforeAll(async () => {
  site = await openBaselineDesk();
  database = await targetOf(await site.copies.copy());
}, 120_000);
afterAll(() => site[Symbol.asyncDispose]());
beforeEach(async () => {
  desk = await openDesk();
  await writeFile(desk.at('signing.pem'), site.keys.privateKey);
  await writeConfig();
  return () => desk[Symbol.asyncDispose]();
});

async function writeConfig({ archive = './archive', key = '{ file: signing.pem }' } = {}): Promise<void> {
  const { host, port, user, database: name } = database;
  await writeFile(
    desk.at('muster.config.yaml'),
    `${CONFIG}
signing: { publicKey: ${site.keys.publicKey}${key === '' ? '' : `, key: ${key}`} }
archive: { store: { kind: filesystem, root: ${archive} } }
baseline:
  database: { host: ${host}, port: ${port}, name: ${name}, user: ${user}, password: { env: BASELINE_PASSWORD } }
  files: { kind: filesystem, root: ${site.copies.files} }
`,
  );
}

const run = (...args: readonly string[]) =>
  desk.muster(['baseline', ...args], { BASELINE_PASSWORD: database.password });

it('runs the backup job in its snapshot and writes a baseline that is signed', async () => {
  const { exitCode, stdout, stderr } = await run('--', 'sh', '-c', 'echo "$MUSTER_SNAPSHOT" > seen; exit 0');
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  const snapshot = (await readFile(desk.at('seen'), 'utf8')).trim();
  expect(stdout).toContain(`snapshot ${snapshot} of 2`);
  expect(stdout).toMatch(/rows in \d+ tables are read/);
  const [name = ''] = await readdir(desk.at('archive', 'baselines'));
  expect(stdout).toContain(`the baseline is at file://${desk.at('archive')}/baselines/${name}/`);
  expect((await readdir(desk.at('archive', 'baselines', name))).toSorted()).toEqual([
    ...['files.ndjson.gz', 'manifest.json', 'manifest.sig', 'users.ndjson.gz'],
  ]);
  expect(
    JSON.parse(await readFile(desk.at('archive', 'baselines', name, 'manifest.json'), 'utf8')),
  ).toMatchObject({
    snapshot: { id: snapshot, shared: true },
  });
});

it('writes nothing when the backup job fails', async () => {
  const { exitCode, stderr } = await run('--', 'sh', '-c', 'exit 3');
  expect(stderr).toContain('sh ended with 3 [COMMAND_FAILED]');
  expect(exitCode).toBe(80);
  expect(await readdir(desk.path)).not.toContain('archive');
});

it.each<[string, Parameters<typeof writeConfig>[0], readonly string[], string]>([
  [
    'an archive among the backups',
    { archive: './backups/evidence' },
    [],
    'archive.store is where the backups are',
  ],
  ['no private key', { key: '' }, [], 'signing.key is missing'],
  ['a snapshot and a job', {}, ['--snapshot', '1-1', '--', 'true'], 'no command is run in it'],
  ['a snapshot that nobody holds', {}, ['--snapshot', '00000000-0000FFFF-1'], 'there is no snapshot'],
])('refuses %s', async (_, config, args, message) => {
  await writeConfig(config);
  const { exitCode, stderr } = await run(...args);
  expect(stderr).toContain(message);
  expect(exitCode).toBe(64);
});

it('says that the primary refuses the password', async () => {
  const { exitCode, stderr } = await desk.muster(['baseline'], { BASELINE_PASSWORD: 'wrong' });
  expect(stderr).toContain('[DATABASE_UNREACHABLE]');
  expect(stderr).not.toContain('wrong');
  expect(exitCode).toBe(86);
});
