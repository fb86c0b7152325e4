import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { isSignedBy, signBytes } from '../../src/support/signature.ts';
import { CONFIG, openDesk } from './muster.ts';

const VERBS = [
  'run',
  'plan',
  'list',
  'undo',
  'report',
  'verify',
  'doctor',
  'lab',
  'canary',
  'baseline',
  'prove',
  'waive',
  'init',
];

it('shows an example in the help of every verb', async () => {
  await using desk = await openDesk();
  const helps = await Promise.all(VERBS.map((verb) => desk.muster(`${verb} --help`)));
  for (const [index, verb] of VERBS.entries()) {
    const { exitCode, stdout } = helps[index] ?? expect.fail();
    expect(stdout, verb).toMatch(new RegExp(String.raw`Examples?:\n(.*\n)*? +.*muster ${verb}`));
    expect(exitCode).toBe(0);
  }
});

it.each([
  ['an unknown verb', 'rn', "unknown command 'rn'"],
  ['an unknown option', 'run passes --fast', "unknown option '--fast'"],
  ['an unknown drill', 'run nope', 'drill "nope" does not exist'],
  ['a file that is no drill', 'run broken', '"verfy" is no part of a drill'],
  ['no drill', 'run', 'no drill was named'],
  ['--lab with --config', 'run passes --lab --config x.yaml', '--lab brings its own config'],
  ['an unknown phase', 'run passes --only verfy', 'Allowed choices are preflight'],
  ['a phase that the drill has not', 'run passes --only load', 'this drill has no load phase'],
  ['an outage at no time', 'run passes --outage-at yesterday', '--outage-at must be ISO 8601'],
  [
    'an outage without a time zone',
    'run passes --outage-at 2026-01-01T00:00:00',
    '--outage-at must be ISO 8601',
  ],
  [
    'an outage on a day that is none',
    'run passes --outage-at 2026-02-31T00:00:00Z',
    '--outage-at must be ISO 8601',
  ],
  ['an outage to come', 'run passes --outage-at 2999-01-01T00:00:00Z', 'must not be in the future'],
  ['an unknown sabotage', 'prove --only nope', 'no sabotage and no group is called nope'],
  ['no number of labs', 'prove --jobs none', '--jobs must be a whole number'],
  ['undo of an unknown run', 'undo nope', 'there is no run "nope"'],
  ['report of an unknown run', 'report nope', 'there is no run "nope"'],
  ['going on with an unknown run', 'run --resume nope', 'there is no run "nope"'],
  ['a config that is not there', 'run passes --config nope.yaml', 'there is no config file at'],
  ['a lab from a seed that is no number', 'lab up --seed abc', '--seed must be a whole number'],
])('refuses %s with one clear message and 64', async (_, args, message) => {
  await using desk = await openDesk();
  const { exitCode, stdout, stderr } = await desk.muster(args);
  expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/^ +at /m);
  expect(stdout).toBe('');
  expect(exitCode).toBe(64);
  expect(await desk.runs()).toEqual([]);
});

it('lists the drills, and the one that cannot be loaded among them', async () => {
  await using desk = await openDesk();
  const { stdout, exitCode } = await desk.muster('list');
  expect(stdout).toMatch(/^passes +A drill that passes$/m);
  expect(stdout).toMatch(/^broken .*cannot be loaded$/m);
  expect(exitCode).toBe(0);
});

it('shows the problems of a config all at once, and no secret', async () => {
  await using desk = await openDesk();
  const bad = CONFIG.replace('clientSecret: { env: MUSTER_TEST_SECRET }', 'clientSecret: hunter2')
    .replace('password: { env: MUSTER_TEST_SECRET }', 'password: { value: hunter2 }')
    .replace('scratch: {', 'scrach: {');
  await writeFile(desk.at('muster.config.yaml'), bad);
  const { exitCode, stdout, stderr } = await desk.muster('run passes');
  expect(stderr).toContain('muster.config.yaml has 4 problems [CONFIG_INVALID]');
  for (const key of ['scratch', 'scrach', 'identity.secondary.clientSecret', 'members[0].password'])
    expect(stderr).toContain(`  ${key}: `);
  expect(stdout + stderr).not.toContain('hunter2');
  expect(exitCode).toBe(64);
});

it('names every secret that cannot be had before anything starts', async () => {
  await using desk = await openDesk();
  const config = CONFIG.replace('password: { env: MUSTER_TEST_SECRET }', 'password: { file: gone.txt }');
  await writeFile(desk.at('muster.config.yaml'), config);
  const { exitCode, stderr } = await desk.muster('run passes', { MUSTER_TEST_SECRET: '' });
  expect(stderr).toContain('2 secrets that the config refers to cannot be had [SECRET_MISSING]');
  expect(stderr).toContain('MUSTER_TEST_SECRET');
  expect(stderr).toContain('gone.txt');
  expect(exitCode).toBe(64);
  expect(await desk.runs()).toEqual([]);
});

it('plans every step without touching anything', async () => {
  await using desk = await openDesk();
  const before = await readdir(desk.path, { recursive: true });
  const { exitCode, stdout } = await desk.muster('plan passes', { MUSTER_TEST_SECRET: '' });
  expect(stdout).toContain(' 1  preflight  Check backup.fresh  (at most 20s)');
  expect(stdout).toContain('looks at backup.fresh');
  expect(stdout).toContain('Start a server  (at most 20s, undone at the end)');
  expect(stdout).toContain('checks message.found');
  expect(exitCode).toBe(0);
  expect(await readdir(desk.path, { recursive: true })).toEqual(before);
});

it('writes a config to start from, and never over one that is there', async () => {
  await using desk = await openDesk();
  const first = await desk.muster('init --site aws --output aws.yaml');
  expect(first.exitCode).toBe(0);
  await writeFile(desk.at('aws.yaml'), 'mine');
  const second = await desk.muster('init --site aws --output aws.yaml');
  expect(second.stderr).toContain('cannot write aws.yaml');
  expect(second.exitCode).toBe(64);
  expect(await readFile(desk.at('aws.yaml'), 'utf8')).toBe('mine');
});

it('makes a key pair that only its owner can read, and never over one that is there', async () => {
  await using desk = await openDesk();
  const first = await desk.muster('init --signing-key signing.pem');
  expect(first.exitCode).toBe(0);
  const privateKey = await readFile(desk.at('signing.pem'), 'utf8');
  expect((await stat(desk.at('signing.pem'))).mode & 0o777).toBe(0o600);
  const publicKey = /publicKey: (\S+)/.exec(first.stdout)?.[1] ?? '';
  const signature = signBytes(Buffer.from('text'), { privateKey, publicKey });
  expect(isSignedBy(Buffer.from('text'), signature, publicKey)).toBe(true);
  const second = await desk.muster('init --signing-key signing.pem');
  expect(second.stderr).toContain('cannot write signing.pem [USAGE_INVALID]');
  expect(await readFile(desk.at('signing.pem'), 'utf8')).toBe(privateKey);
});

it.each([
  ['no token', {}, '', 'MUSTER_CANARY_TOKEN is not set'],
  [
    'an interval that is none',
    { MUSTER_CANARY_TOKEN: 'x' },
    '--interval 0s',
    '--interval must be a duration',
  ],
  [
    'an address that is none',
    { MUSTER_CANARY_TOKEN: 'x' },
    '--url nowhere',
    '--url must be an https address',
  ],
  [
    'a CA that is not there',
    { MUSTER_CANARY_TOKEN: 'x' },
    '--ca gone.pem',
    'cannot read the CA file gone.pem',
  ],
])('refuses to write canaries with %s', async (_, env, extra, message) => {
  await using desk = await openDesk();
  const args = `canary --url https://127.0.0.1:1 --team ops --channel canary --record record.jsonl ${extra}`;
  const { exitCode, stderr } = await desk.muster(args.trim(), env);
  expect(stderr).toContain(message);
  expect(exitCode).toBe(64);
});

it('says that the site of the canaries cannot be reached', async () => {
  await using desk = await openDesk();
  const args = 'canary --url https://127.0.0.1:1 --team ops --channel canary --record record.jsonl';
  const { exitCode, stderr } = await desk.muster(args, { MUSTER_CANARY_TOKEN: 'x' });
  expect(stderr).toContain('cannot reach https://127.0.0.1:1 [APPLICATION_NOT_HEALTHY]');
  expect(exitCode).toBe(89);
});
