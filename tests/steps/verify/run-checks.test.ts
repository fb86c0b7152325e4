import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserChecksOf, siteChecksOf, SUITES } from '../../../src/model/browser-checks.ts';
import type { ConfigInput } from '../../../src/model/config.ts';
import type { Samples } from '../../../src/model/facts.ts';
import { runChecks } from '../../../src/steps/verify/run-checks.ts';
import { findTool } from '../../../src/support/tools.ts';
import type { TestContext } from '../../support/step-context.ts';
import { openRestoredTestSite, type RestoredTestSite } from '../restored-site.ts';

const MINUTES = 60_000;

describe('browser checks on a restored site', { timeout: 5 * MINUTES }, () => {
  let site: RestoredTestSite;
  beforeAll(async () => void (site = await openRestoredTestSite()), 2 * MINUTES);
  afterAll(() => site?.[Symbol.asyncDispose]());

  it('passes every promised check, and stops the clock at the first message', async () => {
    await using context = await site.context();
    for (const suite of SUITES) {
      await runChecks(suite).run(context);
      const promised = [...browserChecksOf(suite, context.config), ...siteChecksOf(suite)];
      expect(context.checks.map(({ id }) => id)).toEqual(expect.arrayContaining(promised));
    }
    expect(context.checks.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
    expect(context.moments).toEqual(['first-verified-message']);
    for (const { id, evidence } of context.checks) {
      if (/(site-well|site-reached|never-contacted)$/.test(id)) continue;
      expect(evidence, id).toEqual([expect.stringMatching(/passed\.png$/)]);
    }
    await expectNoSecrets(context, site);
  });

  it('misses each check about messages that are not what they were', async () => {
    const { samples } = site.facts;
    if (!samples?.thread || !samples.direct || !samples.file || !samples.edited || !samples.posts[0]) {
      throw new Error('the test site has too few samples');
    }
    const [sample] = samples.posts;
    const other = 'f'.repeat(64);
    const outsider = samples.members[site.config.members?.[1]?.username ?? ''];
    const damaged: Samples = {
      ...samples,
      newestCanary: { ...sample, messageSha256: other },
      posts: [sample, { ...sample, userId: 'somebodyelse' }],
      thread: { ...samples.thread, replies: [...samples.thread.replies, 'a'.repeat(26)] },
      edited: { ...samples.edited, messageSha256: other },
      file: { ...samples.file, sha256: other },
      // A message that anybody may read.
      direct: {
        ...samples.direct,
        postId: sample.id,
        memberIds: Object.values(samples.members).flatMap(({ id }) => (id === outsider?.id ? [] : [id])),
      },
    };
    await using context = await site.context({ privacy: { messageTexts: 'keep' } }, { samples: damaged });
    await using _forgetful = await withoutEditMarks(site);
    await runChecks('messages').run(context);
    expect(missed(context)).toEqual({
      'messages.newest-canary': 'MESSAGE_LOST',
      'messages.samples': 'MESSAGE_LOST',
      'messages.thread': 'MESSAGE_LOST',
      'messages.edited': 'MESSAGE_LOST',
      'messages.file': 'FILE_LOST',
      'messages.direct': 'PRIVACY_LOST',
      'messages.live-edit': 'EDIT_LOST',
    });
    const evidence = context.checkOf('messages.file').evidence ?? [];
    // Films, where there is an ffmpeg, have a test of their own.
    expect(evidence.filter((file) => !file.endsWith('.webm'))).toEqual([
      expect.stringMatching(/failed\.png$/),
      expect.stringMatching(/trace.*\.zip$/),
    ]);
  });

  const ffmpeg = findTool('ffmpeg');
  it('keeps films of checks that failed, and of no others, where texts may be kept', async (test) => {
    test.skip((await ffmpeg) === undefined, 'there is no ffmpeg that writes VP9');
    const { samples } = site.facts;
    if (!samples?.posts[0]) throw new Error('the test site has too few samples');
    const elsewhere: Samples = { ...samples, posts: [{ ...samples.posts[0], team: 'no-such-team' }] };
    await using context = await site.context({ privacy: { messageTexts: 'keep' } }, { samples: elsewhere });
    await runChecks('search').run(context);
    expect(Object.keys(missed(context))).toEqual(['search.historic']);
    const films = (context.checkOf('search.historic').evidence ?? []).filter((file) =>
      file.endsWith('.webm'),
    );
    expect(films.length).toBeGreaterThan(0);
    for (const film of films) {
      const head = (await readFile(path.join(context.runDir, film))).subarray(0, 4);
      expect(head.toString('hex'), 'the mark of Matroska files').toBe('1a45dfa3');
    }
    expect(await filmsIn(context.runDir)).toEqual(films.toSorted());
  });

  it('misses sign-ins that fail, accounts that are others, and who is treated otherwise than configured', async () => {
    const { members = [], identity } = site.config;
    const { samples } = site.facts;
    const changedId = members[1]?.username ?? '';
    const before = samples?.members[changedId];
    if (!samples || !before) throw new Error('the test site has too few samples');
    const changed = members.map((member, index): ConfigInput['members'][number] => {
      // The authenticator of somebody else.
      if (index === 0) return { ...member, totp: { env: 'MUSTER_TEST_WRONG_TOTP' } };
      // One who is active, so that nothing can be said of deactivated users.
      if (member.part === 'deactivated') return { ...member, username: members[1]?.username ?? '' };
      return member;
    });
    process.env['MUSTER_TEST_WRONG_TOTP'] = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
    await using context = await site.context(
      {
        members: [...changed, site.forgotten],
        identity: { ...identity, strangers: 'created' } as NonNullable<ConfigInput['identity']>,
      },
      {
        samples: {
          ...samples,
          members: { ...samples.members, [changedId]: { ...before, roles: `${before.roles} system_admin` } },
        },
      },
    );
    await runChecks('login').run(context);
    const [first, second] = members.map(({ username }) => username);
    expect(missed(context)).toEqual({
      [`login.secondary-idp.${first}`]: 'SIGN_IN_REFUSED',
      'login.first-message': 'SIGN_IN_REFUSED',
      [`login.same-account.${first}`]: 'SIGN_IN_REFUSED',
      [`login.same-account.${second}`]: 'ACCOUNT_CHANGED',
      'login.stranger.passer-by': 'STRANGER_OUTCOME',
      [`login.deactivated.${site.forgotten.username}`]: 'DEACTIVATED_GOT_IN',
    });
    expect(context.moments).toEqual([]);
    expect(context.checkOf(`login.secondary-idp.${second}`).verdict).toBe('passed');
    expect(context.checkOf(`login.deactivated.${second}`)).toMatchObject({ verdict: 'unverified' });
  });

  it('leaves no process behind when it is interrupted', async () => {
    const interrupt = new AbortController();
    await using context = await site.context();
    Object.assign(context, {
      signal: interrupt.signal,
      progress: (message: string) => {
        if (/signs in/.test(message)) setTimeout(() => interrupt.abort(new Error('SIGINT')), 1_500);
      },
    });
    await expect(runChecks('login').run(context)).rejects.toThrow('SIGINT');
    expect(context.checks.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
    await sleep(200);
    expect(await processesOf(context.runDir)).toEqual([]);
  });
});

function missed({ checks }: TestContext): Record<string, string | undefined> {
  const found = checks.filter(({ verdict }) => verdict === 'missed');
  return Object.fromEntries(found.map(({ id, code }) => [id, code]));
}

/** Until it is disposed of, the site forgets when a message was edited. */
async function withoutEditMarks({ database }: RestoredTestSite): Promise<AsyncDisposable> {
  await database.query(
    `CREATE FUNCTION forget_edit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.editat := OLD.editat; RETURN NEW; END'`,
  );
  await database.query(
    'CREATE TRIGGER forget_edit BEFORE UPDATE ON posts FOR EACH ROW EXECUTE FUNCTION forget_edit()',
  );
  return {
    [Symbol.asyncDispose]: async () => void (await database.query('DROP FUNCTION forget_edit CASCADE')),
  };
}

async function filmsIn(runDir: string): Promise<readonly string[]> {
  const files = await readdir(runDir, { recursive: true });
  // The report has copies of its own.
  return files.filter((file) => file.endsWith('.webm') && !file.startsWith('allure-results')).toSorted();
}

/** Passwords and authenticators' secrets must not be in anything that is kept. */
async function expectNoSecrets({ runDir, config }: TestContext, site: RestoredTestSite): Promise<void> {
  expect(site.config.members?.length).toBe(config.members.length);
  const refs = config.members.flatMap(({ password, totp }) => [password, totp ?? password]);
  const secrets = await Promise.all(refs.map((ref) => ('file' in ref ? readFile(ref.file, 'utf8') : '')));
  for (const entry of await readdir(runDir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const text = await readFile(path.join(entry.parentPath, entry.name), 'latin1');
    for (const secret of secrets) expect(text.includes(secret), `a secret is in ${entry.name}`).toBe(false);
  }
}

/** Whatever was started for this run knows its folder by its environment. */
async function processesOf(runDir: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      return environment.includes(`MUSTER_RUN=${runDir}`)
        ? [await readFile(`/proc/${pid}/cmdline`, 'latin1')]
        : [];
    }),
  );
  return found.flat();
}
