import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { minutes } from '../../../src/model/duration.ts';
import { makeKeyPair, signBytes } from '../../../src/support/signature.ts';
import { holdAgainstBaseline, notPassed, openBaselineDesk, type BaselineDesk } from '../baseline-desk.ts';
import type { Copy } from '../restore/restored-copies.ts';

vi.setConfig({ testTimeout: 60_000 });

let desk: BaselineDesk;
let primary: Copy;
let genuine: string;

beforeAll(async () => {
  desk = await openBaselineDesk();
  primary = await desk.copies.copy();
  genuine = desk.newArchive();
  await desk.take(primary, genuine);
}, 120_000);
afterAll(() => desk[Symbol.asyncDispose]());

async function copyOfGenuine() {
  const archive = desk.newArchive();
  await cp(genuine, archive, { recursive: true });
  const [name = ''] = await readdir(path.join(archive, 'baselines'));
  const at = (file: string) => path.join(archive, 'baselines', name, file);
  return { archive, at };
}

type Forgery = (at: (file: string) => string) => Promise<unknown>;

it.each<[string, Forgery]>([
  [
    'a number in its manifest was changed',
    async (at) => {
      const text = await readFile(at('manifest.json'), 'utf8');
      await writeFile(at('manifest.json'), text.replace(/"rows": (\d)/, '"rows": 1$1'));
    },
  ],
  ['its signature is gone', (at) => rm(at('manifest.sig'))],
  [
    'it was signed with another key',
    async (at) => {
      const bytes = await readFile(at('manifest.json'));
      await writeFile(at('manifest.sig'), signBytes(bytes, makeKeyPair()));
    },
  ],
  [
    'its list of accounts was changed',
    async (at) => {
      const text = gunzipSync(await readFile(at('users.ndjson.gz'))).toString();
      await writeFile(at('users.ndjson.gz'), gzipSync(text.replace('system_user', 'system_admin')));
    },
  ],
  [
    'its list of files is cut off',
    async (at) => {
      const bytes = await readFile(at('files.ndjson.gz'));
      await writeFile(at('files.ndjson.gz'), bytes.subarray(0, bytes.length / 2));
    },
  ],
  ['its list of files is gone', (at) => rm(at('files.ndjson.gz'))],
])('takes a baseline for forged when %s, and compares nothing with it', async (_, forge) => {
  const { archive, at } = await copyOfGenuine();
  await forge(at);
  const context = await desk.drill(await desk.copies.copy(), archive);
  await holdAgainstBaseline(context);
  expect(context.checkOf('baseline.genuine')).toMatchObject({ verdict: 'missed', code: 'BASELINE_FORGED' });
  expect(context.checkOf('baseline.contents').verdict).toBe('unverified');
});

it('takes no baseline of another site', async () => {
  const archive = desk.newArchive();
  await desk.take(primary, archive, { siteUrl: 'https://chat.elsewhere.example' });
  const context = await desk.drill(primary, archive);
  await holdAgainstBaseline(context);
  expect(context.checkOf('baseline.genuine')).toMatchObject({
    verdict: 'missed',
    code: 'BASELINE_OF_OTHER_SITE',
    seen: 'signed, and of https://chat.elsewhere.example',
  });
});

it.each([
  ['nothing is in the archive', '2026-11-22T00:00:00Z', true, /^none under "baselines\/"/],
  ['the only one is of another day', '2026-11-01T00:00:00Z', false, /^the nearest is baselines\//],
])('leaves everything open when %s', async (_, takenAt, empty, seen) => {
  const archive = empty ? desk.newArchive() : genuine;
  await mkdir(archive, { recursive: true });
  const context = await desk.drill(primary, archive);
  const backups = context.get('backups');
  context.set('backups', { ...backups, database: { ...backups.database, takenAt } });
  await holdAgainstBaseline(context);
  expect(context.checkOf('baseline.found')).toMatchObject({
    verdict: 'unverified',
    code: 'BASELINE_MISSING',
  });
  expect(context.checkOf('baseline.found').seen).toMatch(seen);
  expect(new Set(context.checks.map(({ verdict }) => verdict))).toEqual(new Set(['unverified']));
});

it('takes the one that is nearest to the dump, and says how far that is', async () => {
  const archive = desk.newArchive();
  const early = await desk.take(primary, archive);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const late = await desk.take(primary, archive);
  const context = await desk.drill(primary, archive);
  const backups = context.get('backups');
  const takenAt = new Date(Date.parse(late.manifest.takenAt) + minutes(1)).toISOString();
  context.set('backups', { ...backups, database: { ...backups.database, takenAt } });
  await holdAgainstBaseline(context);
  expect(context.checkOf('baseline.found').seen).toMatch(new RegExp(`^${late.key}, 1m`));
  expect(context.checkOf('baseline.found').seen).not.toContain(early.key);
  expect(notPassed(context)).toEqual([]);
});
