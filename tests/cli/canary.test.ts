import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCertificateAuthority, issueCertificate, type KeyPair } from '../../lab/tls.ts';
import { seconds } from '../../src/model/duration.ts';
import type { CanaryLine } from '../../src/support/canary-writer.ts';
import { waitFor } from '../../src/support/wait-for.ts';
import { openDesk } from './muster.ts';
import { startTinyMattermost, type TinyMattermost } from './tiny-mattermost.ts';

const TOKEN = 'token-not-to-be-told';

let directory: string;
let ca: string;
let tls: KeyPair;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'muster-canary-'));
  const authority = await createCertificateAuthority(directory);
  ca = authority.certFile;
  tls = await issueCertificate(authority, { names: [], addresses: ['127.0.0.1'] });
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const startSite = (odd?: { status: number; body: string }) =>
  startTinyMattermost({ tls, token: TOKEN, ...(odd && { odd }) });

/** A desk with a record, and the writer as people start it; what is given here goes on top. */
async function openPerch() {
  const desk = await openDesk();
  const record = desk.at('canary', 'record.jsonl');
  return {
    ...desk,
    record,
    sing({ url }: Pick<TinyMattermost, 'url'>, options: Record<string, string> = {}, token = TOKEN) {
      const all = { url, team: 'ops', channel: 'canary', record, interval: '100ms', ca, ...options };
      const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
      return desk.start(['canary', ...args], { MUSTER_CANARY_TOKEN: token });
    },
    lines: async () =>
      (await readFile(record, 'utf8'))
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as CanaryLine),
  };
}

/** What the record says of the posts that the site took, as the site would say it. */
const taken = (lines: readonly CanaryLine[]) =>
  lines.flatMap(({ number, id, postId }) =>
    postId === null ? [] : [{ id: postId, message: `canary ${String(number).padStart(6, '0')} ${id}` }],
  );

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

it('posts numbered messages and writes down each that the site took, until it is told to stop', async () => {
  await using site = await startSite();
  await using perch = await openPerch();
  const { child, result, sees } = perch.sing(site);
  await sees('canary 3\n');
  const argv = await readFile(`/proc/${child.pid}/cmdline`, 'utf8');
  child.kill('SIGTERM');
  const { exitCode, stdout, stderr } = await result;

  expect(exitCode).toBe(0);
  expect(stderr).toBe('SIGTERM: no more canaries\n');
  const lines = await perch.lines();
  expect(taken(lines)).toEqual(site.posts);
  expect(lines.map(({ number }) => number)).toEqual(upTo(lines.length));
  expect(stdout).toBe(lines.map(({ number, at }) => `${at} canary ${number}\n`).join(''));

  expect(argv).toContain('--record');
  expect(argv + stdout + stderr + (await readFile(perch.record, 'utf8'))).not.toContain(TOKEN);
});

it('goes on with the numbering after it was killed in the middle of a line', async () => {
  await using site = await startSite();
  await using perch = await openPerch();
  const first = perch.sing(site);
  await first.sees('canary 2\n');
  first.child.kill('SIGKILL');
  await first.result;
  const before = await readFile(perch.record, 'utf8');
  const whole = before.slice(0, before.lastIndexOf('\n') + 1);
  await writeFile(perch.record, `${whole}{"number":70,"id":"cut sh`);

  const second = perch.sing(site);
  await second.sees('canary 72\n');
  second.child.kill('SIGINT');
  expect(await second.result).toMatchObject({ exitCode: 0 });
  const after = await readFile(perch.record, 'utf8');
  expect(after.startsWith(`${whole}{"number":71,"id":`)).toBe(true);
});

it('writes down what a site that went away did not take, goes on, and recovers', async () => {
  await using site = await startSite();
  await using perch = await openPerch();
  const { child, result, sees } = perch.sing(site);
  await sees('canary 2\n');
  await site.goAway();
  await sees('not posted: ');
  const before = site.posts.length;
  await site.comeBack();
  const recovered = async () => (site.posts.length > before + 1 ? true : undefined);
  expect(await waitFor(recovered, { timeout: seconds(60) })).toBe(true);
  child.kill('SIGTERM');
  const { exitCode, stderr } = await result;

  expect(exitCode).toBe(0);
  const lines = await perch.lines();
  const lost = lines.filter(({ postId }) => postId === null);
  expect(lines.map(({ number }) => number)).toEqual(upTo(lines.length));
  expect(lost.length).toBeGreaterThan(0);
  expect(stderr.match(/^not posted: /gm)).toHaveLength(lost.length);
  expect(stderr).toContain('ECONNREFUSED');
  expect(lines.at(-1)?.postId).not.toBeNull();
  // What was under way when the site went may have been taken without anybody saying so.
  const acknowledged = taken(lines);
  expect(site.posts).toEqual(expect.arrayContaining(acknowledged));
  expect(site.posts.length - acknowledged.length).toBeLessThanOrEqual(1);
});

it('waits for the answer to the message that is under way when it is told to stop', async () => {
  await using site = await startSite();
  await using perch = await openPerch();
  const { child, result, sees } = perch.sing(site);
  await sees('canary 1\n');
  const answer = Promise.withResolvers<void>();
  await site.hold(answer.promise);
  child.kill('SIGTERM');
  await sees('no more canaries');
  answer.resolve();
  expect(await result).toMatchObject({ exitCode: 0 });
  expect(taken(await perch.lines())).toEqual(site.posts);
});

it('ends when it is told to stop before the site has said anything', async () => {
  await using site = await startSite();
  await using perch = await openPerch();
  const asked = site.hold(new Promise(() => {}));
  const { child, result } = perch.sing(site);
  await asked;
  child.kill('SIGTERM');
  expect(await result).toMatchObject({ exitCode: 0, stderr: 'SIGTERM: no more canaries\n' });
  expect(existsSync(perch.record)).toBe(false);
});

describe('before its first message', { concurrent: true }, () => {
  let site: TinyMattermost;
  beforeAll(async () => void (site = await startSite()));
  afterAll(() => site[Symbol.asyncDispose]());

  it.each([
    ['a wrong token', {}, 'another-token', 64, 'refuses the token: HTTP 401 [USAGE_INVALID]'],
    ['no token', {}, '', 64, 'environment variable MUSTER_CANARY_TOKEN is not set [SECRET_MISSING]'],
    ['an unknown channel', { channel: 'nope' }, TOKEN, 64, 'does not show channel ops/nope: HTTP 404'],
    ['plain http', { url: 'http://127.0.0.1:1' }, TOKEN, 64, '--url must be an https address'],
    ['a CA file that is not there', { ca: 'gone.pem' }, TOKEN, 64, 'cannot read the CA file gone.pem'],
    ['an interval of no length', { interval: '0s' }, TOKEN, 64, '--interval must be a duration'],
    ['a folder as the record', { record: '.' }, TOKEN, 64, 'cannot keep a record in . [USAGE_INVALID]'],
    [
      'a site that is not there',
      { url: 'https://127.0.0.1:1' },
      TOKEN,
      89,
      'cannot reach https://127.0.0.1:1',
    ],
  ])('refuses %s with one clear message', async (_, options, token, exit, message) => {
    await using perch = await openPerch();
    const { exitCode, stdout, stderr } = await perch.sing(site, options, token).result;
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(stderr).not.toContain(TOKEN);
    expect(stdout).toBe('');
    expect(exitCode).toBe(exit);
    expect(existsSync(perch.record)).toBe(false);
    expect(site.posts).toEqual([]);
  });

  it('refuses a certificate that it was not told to trust', async () => {
    await using perch = await openPerch();
    const others = path.join(directory, 'others');
    const { certFile } = await createCertificateAuthority(others);
    const { exitCode, stderr } = await perch.sing(site, { ca: certFile }).result;
    expect(stderr).toMatch(/cannot reach .*\n {2}cause: .*certificate/);
    expect(exitCode).toBe(89);
    expect(site.posts).toEqual([]);
  });

  it('leaves a file alone that is not its record', async () => {
    await using perch = await openPerch();
    const before = await perch.read('muster.config.yaml');
    const { exitCode, stderr } = await perch.sing(site, { record: 'muster.config.yaml' }).result;
    expect(stderr).toContain('muster.config.yaml is not a record of canaries');
    expect(exitCode).toBe(64);
    expect(await perch.read('muster.config.yaml')).toBe(before);
    expect(site.posts).toEqual([]);
  });

  it.each([
    ['a page for people', { status: 200, body: '<html>' }, 64, 'answers, but not as Mattermost does'],
    ['a site under maintenance', { status: 503, body: '' }, 89, 'answers HTTP 503'],
  ])('does not take %s for a channel', async (_, odd, exit, message) => {
    await using strange = await startSite(odd);
    await using perch = await openPerch();
    const { exitCode, stderr } = await perch.sing(strange).result;
    expect(stderr).toContain(message);
    expect(exitCode).toBe(exit);
  });
});
