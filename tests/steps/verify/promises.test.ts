import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { browserChecksOf, siteChecksOf, SUITES, type Suite } from '../../../src/model/browser-checks.ts';
import { promisesOf, type PromiseSetting } from '../../../src/model/drill.ts';
import { runChecks } from '../../../src/steps/verify/run-checks.ts';
import { playwrightArgs } from '../../../src/steps/verify/run-playwright.ts';
import type { Config, Member } from '../../../src/model/config.ts';

const CLI = createRequire(import.meta.url).resolve('@playwright/test/cli');
/** Playwright takes its time to load when the machine is busy. */
const SLOW = { timeout: 60_000 };
const EMPTY = {
  newestCanary: null,
  posts: [],
  thread: null,
  edited: null,
  file: null,
  direct: null,
  members: {},
};

let directory: string;
beforeAll(async () => void (directory = await mkdtemp(path.join(tmpdir(), 'muster-promises-'))));
afterAll(() => rm(directory, { recursive: true, force: true }));

it.each(SUITES)('promises exactly the checks that the specs of "%s" make', SLOW, async (suite) => {
  const members = [
    'alice/member',
    'bob/admin',
    'judy/break-glass',
    'mallory/stranger',
    'old.one/deactivated',
  ];
  expect(await listChecks(grepOf(suite), members)).toEqual(
    browserChecksOf(suite, configOf(members)).toSorted(),
  );
});

it('calls a miss of a message that is written now by what was lost', SLOW, async () => {
  const codes = await listCodes(grepOf('messages'), ['alice/member', 'bob/member']);
  expect(codes).toMatchObject({
    'messages.live-reaction': 'REACTION_LOST',
    'messages.live-edit': 'EDIT_LOST',
    'messages.live-file': 'FILE_LOST',
    'messages.live-second-user': 'EVENT_LOST',
  });
});

it('promises an answer about accounts that the config does not name', SLOW, async () => {
  const promised = browserChecksOf('login', configOf(['alice/member']));
  expect(promised).toContain('login.break-glass');
  expect(await listChecks(grepOf('login'), ['alice/member'])).toEqual(promised.toSorted());
});

it('promises and finds the named checks alone', SLOW, async () => {
  const only = ['login.first-message', 'login.stranger.old.one'];
  const step = runChecks('login', { only });
  const config = configOf(['alice/member', 'old.one/stranger', 'older.one/stranger']);
  expect(promisesOf(step, { config } as PromiseSetting)).toEqual([
    'objective.rto',
    ...only,
    ...siteChecksOf('login'),
  ]);
  expect(
    await listChecks(playwrightArgs('login', only).at(-1) ?? '', [
      'alice/member',
      'old.one/stranger',
      'older.one/stranger',
    ]),
  ).toEqual(only);
});

it('refuses to load the checks without a run', SLOW, async () => {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [CLI, 'test', '--list'], {
    env: { MUSTER_RUN: '' },
    reject: false,
  });
  expect(exitCode).toBe(1);
  expect(stdout + stderr).toContain('There is no run to check');
});

const grepOf = (suite: Suite): string => playwrightArgs(suite).at(-1) ?? '';

async function listChecks(grep: string, members: readonly string[]): Promise<string[]> {
  return Object.keys(await listCodes(grep, members)).toSorted();
}

/** Id of each check → what a miss of it is called. */
async function listCodes(grep: string, members: readonly string[]): Promise<Record<string, string>> {
  const facts = { site: { url: 'https://chat.drill.test' }, samples: EMPTY };
  await writeFile(path.join(directory, 'run.json'), JSON.stringify({ config: configOf(members) }));
  await writeFile(path.join(directory, 'facts.json'), JSON.stringify(facts));
  const { stdout } = await execa(
    process.execPath,
    [CLI, 'test', '--list', '--reporter', 'json', '--grep', grep],
    { env: { MUSTER_RUN: directory, MUSTER_PRIVATE_DIR: directory } },
  );
  const pattern =
    /"@allure\.label\.check",\s*"description": "([^"]+)"[^]*?"@allure\.label\.code",\s*"description": "([^"]+)"/g;
  return Object.fromEntries([...stdout.matchAll(pattern)].map(([, id = '', code = '']) => [id, code]));
}

function configOf(members: readonly string[]): Config {
  return {
    members: members.map((text) => {
      const [username = '', part] = text.split('/');
      return { username, part: part as Member['part'], password: { env: 'UNSET' } };
    }),
    identity: { strangers: 'refused', secondary: { kind: 'gitlab' } },
    privacy: { messageTexts: 'redact', userNames: 'mask' },
  } as unknown as Config;
}
