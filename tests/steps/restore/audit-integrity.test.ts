import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ConfigInput } from '../../../src/model/config.ts';
import { promisesOf } from '../../../src/model/drill.ts';
import { hours } from '../../../src/model/duration.ts';
import { auditIntegrity } from '../../../src/steps/restore/audit-integrity.ts';
import type { TestContext } from '../../support/step-context.ts';
import {
  openRestoredCopies,
  OUTAGE_AT,
  REAL_BACKUPS,
  SEEDED_AT,
  WITHOUT_BACKUPS,
  type Copy,
  type RestoredCopies,
} from './restored-copies.ts';

// Each test works on a database of its own, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

let copies: RestoredCopies;
let directory: string;

beforeAll(async () => {
  copies = await openRestoredCopies();
  directory = await mkdtemp(path.join(tmpdir(), 'muster-audit-'));
}, 120_000);
afterAll(async () => {
  await copies[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

describe('a copy that is whole', () => {
  let context: TestContext;
  beforeAll(async () => {
    context = await (await copies.copy()).context({ members: members(), restore: { order: 'complete' } });
    await auditIntegrity().run(context);
  }, 60_000);

  it('passes every check, and makes every check that was promised', () => {
    expect(context.checks.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
    const made = context.checks.map(({ id }) => id);
    expect(promisesOf(auditIntegrity(), context).filter((id) => !made.includes(id))).toEqual([]);
  });

  it('measures the RPO from the outage to the newest message', () => {
    const { metric } = context.checkOf('rpo.messages');
    expect(metric).toMatchObject({ key: 'rpo_seconds', limit: hours(24) / 1000, better: 'lower' });
    // The seed's newest message is a minute older than the seed.
    expect(metric?.value).toBeCloseTo((OUTAGE_AT.getTime() - SEEDED_AT.getTime()) / 1000 + 60, 0);
  });

  it('chooses messages that the members can read, from many channels and times', async () => {
    const { samples } = context.facts;
    expect(samples?.posts).toHaveLength(12);
    expect(new Set(samples?.posts.map(({ channelId }) => channelId)).size).toBeGreaterThan(3);
    const times = samples?.posts.map(({ createAt }) => createAt) ?? [];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(samples).toMatchObject({
      thread: { replies: expect.any(Array) },
      edited: { id: expect.any(String) },
      file: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });

  it('writes down ids and hashes, and no text of anybody', async () => {
    const copy = await copies.copy();
    const { rows } = await copy.client.query<{ message: string }>(
      'SELECT message FROM posts WHERE length(message) > 20',
    );
    const written = JSON.stringify([context.facts.samples, context.checks, [...context.attachments]]);
    expect(rows.filter(({ message }) => written.includes(JSON.stringify(message).slice(1, -1)))).toEqual([]);
  });

  it('leaves the copy as it came', async () => {
    const copy = await copies.copy();
    const before = await fingerprint(copy.client);
    await auditIntegrity().run(await copy.context({ members: members() }));
    expect(await fingerprint(copy.client)).toEqual(before);
  });
});

describe('the file store', () => {
  it.each<[string, (files: string, file: string) => Promise<void>, string[]]>([
    ['lacks a file', (_, file) => rm(file), ['audit.files-content', 'audit.files-present', 'rpo.files']],
    ['holds a cut-off file', (_, file) => truncate(file, 5), ['audit.files-content', 'audit.files-size']],
    [
      'holds a file with another content',
      async (_, file) =>
        writeFile(
          file,
          (await readFile(file)).map((byte) => byte ^ 1),
        ),
      ['audit.files-content'],
    ],
    ['lacks every preview', (files) => removeAll(files, /_(preview|thumb)\./), ['audit.previews-present']],
    [
      'lacks the emoji',
      (files) => rm(path.join(files, 'emoji'), { recursive: true }),
      ['audit.pictures-present'],
    ],
  ])('%s, and the audit says so', async (_what, damage, expected) => {
    const files = path.join(await mkdtemp(path.join(directory, 'files-')), 'files');
    await cp(copies.files, files, { recursive: true });
    const copy = await copies.copy();
    const context = await copy.context();
    context.facts.files = { kind: 'folder', directory: files, objects: 0, bytes: 0 };
    await damage(files, path.join(files, await newestPath(copy.client)));
    await auditIntegrity().run(context);
    expect(notPassed(context)).toEqual(expected);
  });

  it('is not left by a path that leads out of it', async () => {
    const copy = await copies.copy();
    await copy.client.query(
      `UPDATE fileinfo SET path = '../../../../../../etc/passwd' WHERE id = (SELECT min(id) FROM fileinfo WHERE deleteat = 0)`,
    );
    const context = await copy.context();
    await auditIntegrity().run(context);
    expect(context.checkOf('audit.files-present')).toMatchObject({
      verdict: 'missed',
      code: 'FILES_MISSING',
    });
  });
});

describe('the RPO', () => {
  it('is missed when the newest message is older', async () => {
    const context = await (await copies.copy()).context({}, new Date(SEEDED_AT.getTime() + hours(30)));
    await auditIntegrity().run(context);
    expect(context.checkOf('rpo.messages')).toMatchObject({ verdict: 'missed', code: 'RPO_MISSED' });
    expect(context.checkOf('rpo.files')).toMatchObject({ verdict: 'missed', code: 'RPO_MISSED' });
  });

  it('is missed when no message came back', async () => {
    const copy = await copies.copy();
    await copy.client.query('DELETE FROM posts');
    const context = await copy.context();
    await auditIntegrity().run(context);
    expect(context.checkOf('rpo.messages')).toMatchObject({ verdict: 'missed', code: 'NO_MESSAGES' });
  });

  it('is not made better by messages from after the outage', async () => {
    const context = await (await copies.copy()).context({}, new Date(SEEDED_AT.getTime() - hours(48)));
    await auditIntegrity().run(context);
    expect(context.checkOf('audit.posts-not-after-outage').verdict).toBe('missed');
    expect(context.checkOf('rpo.messages').metric?.value).toBeGreaterThanOrEqual(0);
  });
});

describe('canaries', () => {
  const INTERVAL = 60_000;
  // Every minute for an hour, up to the outage; the backup was taken half an hour before it.
  const sent = Array.from({ length: 61 }, (_, i) => ({
    number: i + 1,
    id: `c0ffee-${i + 1}`,
    at: new Date(OUTAGE_AT.getTime() - (60 - i) * INTERVAL),
  }));

  it.each<[string, (n: number) => boolean, object]>([
    [
      'of the last half hour are lost',
      (n) => n <= 31,
      { verdict: 'passed', metric: { key: 'canaries_lost', value: 30 } },
    ],
    ['are all there', () => true, { verdict: 'passed', seen: 'all 61 came back', metric: { value: 0 } }],
    [
      'have a gap in the middle',
      (n) => n !== 12,
      { verdict: 'missed', code: 'CANARY_GAP', seen: expect.stringContaining('000012') },
    ],
    [
      'end before the backup was taken',
      (n) => n <= 25,
      { verdict: 'missed', code: 'CANARY_GAP', metric: { value: 36 } },
    ],
  ])('%s', async (_what, came, expected) => {
    const context = await withCanaries(came, { record: await writeRecord(sent) });
    expect(context.checkOf('rpo.canaries')).toMatchObject(expected);
    const newest = sent.filter(({ number }) => came(number)).at(-1);
    expect(context.facts.samples?.newestCanary).toMatchObject({ id: `canary${newest?.number}` });
  });

  it('that the site did not take are not lost', async () => {
    const refused = sent.map((line) => (line.number === 12 ? { ...line, postId: null } : line));
    const context = await withCanaries((n) => n !== 12, { record: await writeRecord(refused) });
    expect(context.checkOf('rpo.canaries').verdict).toBe('passed');
  });

  it('that are lost for longer than the RPO miss it', async () => {
    const context = await withCanaries(
      (n) => n <= 31,
      { record: await writeRecord(sent) },
      { rpo: 20 * 60_000 },
    );
    expect(context.checkOf('rpo.canaries')).toMatchObject({ verdict: 'missed', code: 'RPO_MISSED' });
  });

  it.each([
    ['ends long before the outage', sent.slice(0, 20)],
    ['is empty', []],
  ])('cannot be judged by a record that %s', async (_what, lines) => {
    const context = await withCanaries(() => true, { record: await writeRecord(lines) });
    expect(context.checkOf('rpo.canaries')).toMatchObject({
      verdict: 'unverified',
      code: 'CANARY_RECORD_STALE',
    });
  });

  it('cannot be judged by a record that is not there', async () => {
    const context = await withCanaries(() => true, { record: path.join(directory, 'no-such-record') });
    expect(context.checkOf('rpo.canaries')).toMatchObject({
      verdict: 'unverified',
      code: 'CANARY_RECORD_UNREADABLE',
    });
  });

  it('without a record are estimated, and not promised', async () => {
    const context = await withCanaries((n) => n <= 31, {});
    expect(context.checkOf('rpo.canaries')).toMatchObject({
      verdict: 'passed',
      claim: expect.stringContaining('estimated'),
      metric: { key: 'canaries_lost_estimated', value: 30 },
    });
    expect(promisesOf(auditIntegrity(), context)).not.toContain('rpo.canaries');
  });

  it('are missed where there is none', async () => {
    const context = await withCanaries(() => false, {});
    expect(context.checkOf('rpo.canaries')).toMatchObject({ verdict: 'missed', code: 'NO_CANARY' });
  });

  async function withCanaries(
    came: (n: number) => boolean,
    { record }: { record?: string },
    objectives = {},
  ): Promise<TestContext> {
    const copy = await copies.copy();
    const { rows } = await copy.client.query<{ id: string; team: string; channel: string }>(
      `SELECT c.id, t.name AS team, c.name AS channel FROM channels c JOIN teams t ON t.id = c.teamid WHERE c.deleteat = 0 ORDER BY c.id LIMIT 1`,
    );
    const { id, team, channel } = rows[0] ?? { id: '', team: '', channel: '' };
    for (const { number, id: uuid, at } of sent.filter((one) => came(one.number))) {
      await copy.client.query(
        `INSERT INTO posts (id, createat, updateat, editat, deleteat, userid, channelid, rootid, originalid, message, type, fileids)
         VALUES ($1, $2, $2, 0, 0, (SELECT min(id) FROM users), $3, '', '', $4, '', '[]')`,
        [`canary${number}`, at.getTime(), id, `canary ${String(number).padStart(6, '0')} ${uuid}`],
      );
    }
    const context = await copy.context({
      canary: { team, channel, interval: '1m', ...(record && { record }) },
    });
    Object.assign(context.objectives, objectives);
    await auditIntegrity().run(context);
    return context;
  }

  async function writeRecord(lines: readonly object[]): Promise<string> {
    const file = path.join(await mkdtemp(path.join(directory, 'record-')), 'canaries.jsonl');
    await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return file;
  }
});

describe.skipIf(!REAL_BACKUPS)(`the real backups (${REAL_BACKUPS ? 'there' : WITHOUT_BACKUPS})`, () => {
  interface Manifest {
    readonly outage_at: string;
    readonly dump_at: string;
    readonly expected_rpo_seconds: number;
    readonly rpo_sql_values: Record<string, number>;
    readonly newest_post: { readonly post_id: string };
    readonly canaries: { readonly all: readonly (readonly [number, string, string, number])[] };
    readonly fileinfo: readonly { readonly id: string; readonly sha256: string }[];
    readonly channels: readonly { readonly id: string }[];
  }
  let manifest: Manifest;
  let context: TestContext;

  beforeAll(async () => {
    const set = path.join(REAL_BACKUPS ?? '', 'mattermost-11.6');
    manifest = JSON.parse(await readFile(path.join(set, 'manifest.json'), 'utf8'));
    context = await real(await copies.copyOfReal());
    takenAtDump(context);
    await auditIntegrity().run(context);
  }, 60_000);

  const real = (copy: Copy) =>
    copy.context(
      {
        canary: { team: 'ops', channel: 'canary', interval: '10m' },
        members: [
          { username: 'responder1', password: { env: 'UNSET' } },
          { username: 'responder2', password: { env: 'UNSET' } },
          { username: 'judy', part: 'break-glass', password: { env: 'UNSET' } },
        ],
      },
      new Date(manifest.outage_at),
    );

  /** As the archive's header says it. */
  function takenAtDump({ facts }: TestContext): void {
    const backups = facts.backups!;
    facts.backups = { ...backups, database: { ...backups.database, takenAt: manifest.dump_at } };
  }

  it('pass every check', () => {
    expect(context.checks.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
  });

  it('come to the numbers that their manifest tells', async () => {
    expect(context.checkOf('rpo.messages').metric?.value).toBe(manifest.expected_rpo_seconds);
    expect(context.checkOf('audit.schema-version').metric?.value).toBe(manifest.rpo_sql_values['schema_max']);
    expect(context.checkOf('audit.files-present').seen).toBe(`all ${manifest.rpo_sql_values['files']}`);
    expect(context.facts.samples).toMatchObject({
      activeUsers: manifest.rpo_sql_values['users'],
      newestCanary: { id: manifest.newest_post.post_id },
    });
    const { file } = context.facts.samples ?? {};
    expect(file?.sha256).toBe(manifest.fileinfo.find(({ id }) => id === file?.id)?.sha256);
    expect(context.facts.samples?.members).toMatchObject({
      responder1: { authService: 'gitlab', authData: '1001', active: true },
      judy: { authService: '', authData: null },
    });
  });

  it('hold every canary of their manifest, and are missed for each that is not there', async () => {
    const record = path.join(directory, 'real.jsonl');
    const lines = manifest.canaries.all.map(([number, id, postId, at]) => ({
      number,
      id,
      postId,
      at: new Date(at).toISOString(),
    }));
    await writeFile(record, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const copy = await copies.copyOfReal();
    const context = await copy.context(
      { canary: { team: 'ops', channel: 'canary', interval: '10m', record } },
      new Date(manifest.dump_at),
    );
    takenAtDump(context);
    await auditIntegrity().run(context);
    expect(context.checkOf('rpo.canaries')).toMatchObject({ verdict: 'passed', seen: 'all 286 came back' });
    await copy.client.query('DELETE FROM posts WHERE id = $1', [manifest.canaries.all[100]?.[2]]);
    context.checks.length = 0;
    await auditIntegrity().run(context);
    expect(context.checkOf('rpo.canaries')).toMatchObject({ verdict: 'missed', code: 'CANARY_GAP' });
    expect(context.checkOf('audit.channels-hold-all-messages').verdict).toBe('missed');
  });
});

function members(): ConfigInput['members'] {
  const users = copies.record.users.filter(
    ({ authService, deactivated, bot, guest }) => authService === 'gitlab' && !deactivated && !bot && !guest,
  );
  return users.slice(0, 2).map(({ username }) => ({ username, password: { env: 'UNSET' } }));
}

const notPassed = (context: TestContext) =>
  context.checks
    .filter(({ verdict }) => verdict !== 'passed')
    .map(({ id }) => id)
    .toSorted();

async function newestPath(client: Client): Promise<string> {
  const { rows } = await client.query<{ path: string }>(
    'SELECT path FROM fileinfo WHERE deleteat = 0 ORDER BY createat DESC, id LIMIT 1',
  );
  return rows[0]?.path ?? '';
}

async function fingerprint(client: Client): Promise<unknown> {
  const { rows: tables } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`,
  );
  const sums: unknown[] = [];
  for (const { name } of tables) {
    sums.push(
      (
        await client.query(
          `SELECT '${name}' AS name, count(*), sum(hashtextextended(t::text, 0)::numeric) FROM ${name} t`,
        )
      ).rows[0],
    );
  }
  return sums;
}

async function removeAll(directory: string, pattern: RegExp): Promise<void> {
  const { readdir } = await import('node:fs/promises');
  for (const file of await readdir(directory, { recursive: true })) {
    if (pattern.test(file)) await rm(path.join(directory, file));
  }
}
