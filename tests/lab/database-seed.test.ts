import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashPassword } from '../../lab/database/password.ts';
import { createSchema } from '../../lab/database/schema/create-schema.ts';
import { seedSite, type SeedOptions } from '../../lab/database/seed.ts';
import { hashLink } from '../../lab/database/seed/link-metadata.ts';
import { expandBraces } from '../../lab/database/seed/roles.ts';
import type { SiteRecord } from '../../lab/database/site-record.ts';
import { ask } from '../../src/steps/restore/audit/question.ts';
import { QUESTIONS, STRUCTURE } from '../../src/steps/restore/audit/questions.ts';
import { openThrowAwayDatabase, type ThrowAwayDatabase } from './throw-away-database.ts';

const DAY = 86_400_000;
const NOW = new Date('2026-11-22T04:12:00Z');

describe("the lab's seed", () => {
  let database: ThrowAwayDatabase;
  let client: Client;
  let site: SiteRecord;
  const objects = new Map<string, Buffer>();

  beforeAll(async () => {
    database = await openThrowAwayDatabase();
    client = await database.create('seeded');
    site = await seedInto(client, { seed: 7, fileStore: async (key, body) => void objects.set(key, body) });
  }, 60_000);
  afterAll(() => database[Symbol.asyncDispose]());

  it('makes a site of the promised size', async () => {
    const [count] = await query<Record<string, string>>(`select
      (select count(*) from users) as users, (select count(*) from teams) as teams,
      (select count(*) from posts where originalid = '' and deleteat = 0) as posts,
      (select count(*) from posts where rootid <> '') as replies, (select count(*) from reactions) as reactions,
      (select count(*) from posts where editat > 0) as edited, (select count(*) from posts where originalid <> '') as history,
      (select count(*) from posts where originalid = '' and deleteat > 0) as deleted,
      (select (max(createat) - min(createat)) / ${DAY} from posts where type = '') as days,
      (select count(*) from channels) as channels, (select count(distinct type) from channels) as kinds,
      (select count(*) from fileinfo) as files, (select count(*) from scheduledposts) as scheduled`);
    const seen = Object.fromEntries(
      Object.entries(count ?? {}).map(([name, value]) => [name, Number(value)]),
    );
    expect(seen).toMatchObject({ teams: 3, kinds: 4, scheduled: 4, history: seen['edited'] });
    const least = {
      users: 30,
      channels: 20,
      posts: 5_000,
      days: 399,
      files: 40,
      replies: 500,
      reactions: 500,
      edited: 50,
      deleted: 20,
    };
    for (const [name, minimum] of Object.entries(least))
      expect(seen[name], name).toBeGreaterThanOrEqual(minimum);
  });

  it('writes nothing younger than now', async () => {
    const [{ newest = 0 } = {}] = await query<{ newest: number }>(
      'select max(greatest(createat, updateat, editat, deleteat))::float as newest from posts',
    );
    expect(newest).toBeLessThanOrEqual(NOW.getTime());
    expect(newest).toBeGreaterThan(NOW.getTime() - 600_000);
  });

  it('gives every user of the identity provider an id of theirs, and nobody else', async () => {
    const users = await query<{ username: string; authservice: string; authdata: string | null }>(
      'select username, authservice, authdata from users',
    );
    for (const { username, authservice, authdata } of users) {
      const known = site.users.find((user) => user.username === username);
      expect({ authservice, authdata }).toEqual({
        authservice: known?.authService,
        authdata: known?.authData,
      });
      if (authservice === 'gitlab') expect(authdata).toMatch(/^\d+$/);
      else expect(authdata).toBeNull();
    }
    expect(site.users.filter(({ authService }) => authService === 'gitlab').length).toBeGreaterThan(20);
  });

  it('has the users that drills need', async () => {
    expect(site.admin.roles).toContain('system_admin');
    expect(site.breakGlass).toMatchObject({
      authService: '',
      mfaSecret: expect.stringMatching(/^[A-Z2-7]{32}$/),
    });
    expect(site.users.filter(({ bot }) => bot).length).toBeGreaterThanOrEqual(2);
    expect(site.users.filter(({ guest }) => guest)).toHaveLength(1);
    expect(site.users.filter(({ deactivated, knownAtIdp }) => deactivated && knownAtIdp)).toHaveLength(1);
    const [stored] = await query<{ password: string; mfasecret: string }>(
      `select password, mfasecret from users where username = 'breakglass'`,
    );
    const salt = Buffer.from(stored?.password.split('$')[3] ?? '', 'base64');
    expect(stored?.password).toBe(await hashPassword(site.breakGlass.password ?? '', salt));
    expect(stored?.mfasecret).toBe(site.breakGlass.mfaSecret);
  });

  it('stores every file with the size that fileinfo says', async () => {
    const rows = await query<{
      path: string;
      thumbnailpath: string;
      previewpath: string;
      size: string;
      content: string;
    }>('select path, thumbnailpath, previewpath, size, content from fileinfo');
    for (const { path, thumbnailpath, previewpath, size, content } of rows) {
      expect(objects.get(path)?.length, path).toBe(Number(size));
      for (const derived of [thumbnailpath, previewpath])
        if (derived) expect(objects.has(derived), derived).toBe(true);
      if (/\.(txt|csv|json|log)$/.test(path)) expect(objects.get(path)?.toString()).toBe(content);
    }
    for (const { key, sha256 } of site.objects) {
      expect(
        createHash('sha256')
          .update(objects.get(key) ?? '')
          .digest('hex'),
        key,
      ).toBe(sha256);
    }
    expect(objects.size).toBe(site.objects.length);
  });

  it('keeps counters that agree with the messages', async () => {
    const wrong = await query(`
      select c.name from channels c left join posts p on p.channelid = c.id and p.originalid = '' and p.type = ''
      group by c.id having c.totalmsgcount <> count(p.id)
        or c.totalmsgcountroot <> count(p.id) filter (where p.rootid = '')
      union all select m.channelid from channelmembers m join channels c on c.id = m.channelid where m.msgcount > c.totalmsgcount
      union all select t.postid from threads t join posts p on p.rootid = t.postid and p.deleteat = 0 and p.originalid = ''
      group by t.postid having t.replycount <> count(*) or t.lastreplyat <> max(p.createat)`);
    expect(wrong).toEqual([]);
  });

  it('holds what a quarantine has to find', async () => {
    const { hazards } = site;
    const [found] = await query<Record<string, string>>(`select
      (select userid from sessions where token = '${hazards.liveSessionToken}' and expiresat > ${NOW.getTime()}) as session,
      (select callbackurls from outgoingwebhooks) as webhook,
      (select count(*) from scheduledposts where scheduledat < ${NOW.getTime()}) as due,
      (select count(*) from jobs where status = 'pending') as jobs,
      (select value from configurations where active) as configuration`);
    expect(found).toMatchObject({
      session: site.admin.id,
      webhook: JSON.stringify([hazards.outgoingWebhook.url]),
      due: '1',
      jobs: '2',
    });
    expect(JSON.parse(found?.['configuration'] ?? '')).toMatchObject({
      ServiceSettings: { SiteURL: 'https://chat.lab.test' },
      SqlSettings: { DataSource: expect.stringContaining('@db.production.invalid:5432/') },
      EmailSettings: { SMTPServer: 'smtp.production.invalid' },
    });
  });

  it('gives the audit of a restored database nothing to find', async () => {
    for (const question of [...QUESTIONS, ...STRUCTURE]) {
      const answer = await ask(client, question, NOW);
      expect(answer, question.id).toMatchObject({ offenders: 0 });
    }
  });

  it('knows posts worth looking for', async () => {
    const { landmarks } = site;
    const found = await query<{ id: string }>('select id from posts where id = any($1) and deleteat = 0', [
      Object.values(landmarks),
    ]);
    expect(new Set(found.map(({ id }) => id))).toEqual(new Set(Object.values(landmarks)));
  });

  it('is the same for the same seed, and another for another', async () => {
    const again = await seedInto(await database.create('first'), { seed: 7, posts: 400 });
    const same = await seedInto(await database.create('second'), { seed: 7, posts: 400 });
    const other = await seedInto(await database.create('third'), { seed: 8, posts: 400 });
    expect(same).toEqual(again);
    expect(other.landmarks.newest).not.toBe(again.landmarks.newest);
    const sums = await Promise.all(['first', 'second', 'third'].map(checksum));
    expect(sums[1]).toBe(sums[0]);
    expect(sums[2]).not.toBe(sums[0]);
  }, 60_000);

  async function query<T>(text: string, values: unknown[] = []): Promise<T[]> {
    return (await client.query(text, values)).rows as T[];
  }

  async function checksum(name: string): Promise<string> {
    const other = await database.cluster.connect(name);
    const tables = [
      'posts',
      'users',
      'channelmembers',
      'fileinfo',
      'systems',
      'configurations',
      'sessions',
      'preferences',
    ];
    const sums = tables.map(
      (table) => `(select md5(string_agg(t::text, '' order by t::text)) from ${table} t)`,
    );
    const { rows } = await other.query<{ sum: string }>(`select concat(${sums.join(', ')}) as sum`);
    await other.end();
    return rows[0]?.sum ?? '';
  }
});

it('spells out permissions from braces', () => {
  expect(expandBraces('a_{b,c{1,2}}_d_{e,f}')).toEqual(
    ['b', 'c1', 'c2'].flatMap((middle) => [`a_${middle}_d_e`, `a_${middle}_d_f`]),
  );
});

it('hashes links as FNV-1 does', () => {
  // All bytes zero and no address: the offset basis times the prime, eight times over.
  const expected = Array.from({ length: 8 }).reduce<number>(
    (hash) => Math.imul(hash, 0x01000193) >>> 0,
    0x811c9dc5,
  );
  expect(hashLink('', 0)).toBe(expected);
});

async function seedInto(client: Client, options: Partial<SeedOptions>): Promise<SiteRecord> {
  await createSchema(client);
  return seedSite(client, {
    seed: 1,
    now: NOW,
    siteUrl: 'https://chat.lab.test',
    fileStore: async () => {},
    ...options,
  });
}
