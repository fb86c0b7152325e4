import type { Client } from 'pg';
import type { Member } from '../../../model/config.ts';
import type { SampleMember, SamplePost, Samples } from '../../../model/facts.ts';

export interface SampleOptions {
  readonly members: readonly Member[];
  /** Chooses which of many; another seed looks at others. */
  readonly seed: string;
  readonly posts?: number;
}

/** All but the newest canary and the file's hash, which the audit knows from elsewhere. */
export type ChosenSamples = Omit<Samples, 'newestCanary' | 'file'> & {
  readonly file: (Omit<NonNullable<Samples['file']>, 'sha256'> & { readonly path: string }) | null;
};

/**
 * Chooses what the browser checks look for again: only what people who sign in during the drill can read, and never
 * the text of a message, only its hash.
 */
export async function chooseSamples(
  client: Client,
  { members, seed, posts = 12 }: SampleOptions,
): Promise<ChosenSamples> {
  const rows = await readMembers(client, members);
  const readers = idsOf(rows, members, ['member']);
  const anyone = readers.length > 0 ? readers : idsOf(rows, members, ['admin', 'break-glass']);
  const channels = await readableChannels(client, anyone);
  return {
    posts: await choosePosts(client, channels, posts, seed),
    thread: await chooseThread(client, channels),
    edited: await chooseEdited(client, channels),
    file: await chooseFile(client, channels),
    direct: await chooseDirect(client, anyone),
    members: rows,
    activeUsers: await countActiveUsers(client),
  };
}

/** A post as a sample. */
export async function readSamplePost(client: Client, id: string): Promise<SamplePost | null> {
  return (await client.query<SamplePost>(`${SELECT_POST} WHERE p.id = $1`, [id])).rows[0] ?? null;
}

const SELECT_POST = `
  SELECT p.id, t.name AS team, c.name AS channel, c.id AS "channelId", p.userid AS "userId",
         p.createat::float8 AS "createAt", encode(sha256(convert_to(p.message, 'UTF8')), 'hex') AS "messageSha256"
    FROM posts p JOIN channels c ON c.id = p.channelid JOIN teams t ON t.id = c.teamid`;

/** Ordinary messages with a text, as people see them; no earlier texts, nothing that the system wrote. */
const SHOWN = `p.deleteat = 0 AND coalesce(p.originalid, '') = '' AND p.type = '' AND p.message <> ''`;
const NO_CANARY = `p.message !~ '^canary [0-9]+ '`;

async function readMembers(
  client: Client,
  members: readonly Member[],
): Promise<Readonly<Record<string, SampleMember>>> {
  const { rows } = await client.query<SampleMember & { username: string }>(
    `SELECT u.username, u.id, u.roles, u.authservice AS "authService", nullif(u.authdata, '') AS "authData",
            u.deleteat = 0 AS active,
            coalesce(array_agg(t.name ORDER BY t.name) FILTER (WHERE t.id IS NOT NULL), '{}') AS teams,
            ARRAY(SELECT c.id::text FROM channelmembers cm JOIN channels c ON c.id = cm.channelid
                   WHERE cm.userid = u.id AND c.deleteat = 0 ORDER BY 1) AS channels
       FROM users u
       LEFT JOIN teammembers m ON m.userid = u.id AND m.deleteat = 0
       LEFT JOIN teams t ON t.id = m.teamid AND t.deleteat = 0
      WHERE u.username = ANY ($1::text[])
      GROUP BY u.id ORDER BY u.username`,
    [members.map(({ username }) => username.toLowerCase())],
  );
  return Object.fromEntries(rows.map(({ username, ...row }) => [username, row]));
}

function idsOf(
  rows: Readonly<Record<string, SampleMember>>,
  members: readonly Member[],
  parts: readonly Member['part'][],
): string[] {
  return members
    .filter(({ part }) => parts.includes(part))
    .flatMap(({ username }) => rows[username.toLowerCase()] ?? [])
    .filter(({ active }) => active)
    .map(({ id }) => id);
}

/** Channels of teams that all of these people are in; where there is none, those that the first of them is in. */
async function readableChannels(client: Client, userIds: readonly string[]): Promise<readonly string[]> {
  const { rows } = await client.query<{ id: string; readers: string[] }>(
    `SELECT c.id, array_agg(m.userid) AS readers
       FROM channels c
       JOIN teams t ON t.id = c.teamid AND t.deleteat = 0
       JOIN channelmembers m ON m.channelid = c.id AND m.userid = ANY ($1::text[])
       JOIN teammembers tm ON tm.teamid = t.id AND tm.userid = m.userid AND tm.deleteat = 0
      WHERE c.deleteat = 0 AND c.type IN ('O', 'P') GROUP BY c.id`,
    [userIds],
  );
  const shared = rows.filter(({ readers }) => readers.length === userIds.length);
  const chosen =
    shared.length > 0 ? shared : rows.filter(({ readers }) => readers.includes(userIds[0] ?? ''));
  return chosen.map(({ id }) => id);
}

/** One from each stretch of time, and no channel again while another has not had its turn. */
async function choosePosts(
  client: Client,
  channels: readonly string[],
  count: number,
  seed: string,
): Promise<readonly SamplePost[]> {
  // A few of each channel and stretch, found by index: a big site has too many messages to rank them all.
  const { rows } = await client.query<SamplePost & { stretch: number }>(
    `WITH span AS (SELECT min(createat) AS first, max(lastpostat) + 1 AS last FROM channels WHERE id = ANY ($1::text[])),
          chosen AS (
            SELECT stretch, candidate.id
              FROM span, generate_series(1, $2::int) AS stretch, unnest($1::text[]) AS channel
             CROSS JOIN LATERAL (
               SELECT p.id FROM (
                 SELECT * FROM posts few
                  WHERE few.channelid = channel AND few.deleteat = 0
                    AND few.createat >= span.first + (span.last - span.first) * (stretch - 1) / $2::int
                    AND few.createat < span.first + (span.last - span.first) * stretch / $2::int
                  ORDER BY few.createat LIMIT 40) AS p
                WHERE coalesce(p.rootid, '') = '' AND ${SHOWN} AND ${NO_CANARY}
                ORDER BY md5(p.id || $3) LIMIT 2) AS candidate)
     SELECT chosen.stretch, sample.* FROM chosen JOIN LATERAL (${SELECT_POST} WHERE p.id = chosen.id) sample ON true
      ORDER BY chosen.stretch, md5(chosen.id || $3)`,
    [channels, count, seed],
  );
  const used = new Map<string, number>();
  const chosen = new Set<(typeof rows)[number]>();
  const choose = (among: typeof rows) => {
    const [found] = among
      .filter((row) => !chosen.has(row))
      .toSorted((a, b) => (used.get(a.channelId) ?? 0) - (used.get(b.channelId) ?? 0));
    if (found === undefined) return;
    used.set(found.channelId, (used.get(found.channelId) ?? 0) + 1);
    chosen.add(found);
  };
  for (let stretch = 1; stretch <= count; stretch++) choose(rows.filter((row) => row.stretch === stretch));
  // A site that was silent for a while has stretches without any.
  for (let more = chosen.size; more < Math.min(count, rows.length); more++) choose(rows);
  return [...chosen]
    .map(({ stretch: _stretch, ...post }) => post)
    .toSorted((a, b) => a.createAt - b.createAt);
}

/** The newest thread with replies and reactions that is short enough to be read at a glance. */
async function chooseThread(client: Client, channels: readonly string[]): Promise<Samples['thread']> {
  const { rows } = await client.query<SamplePost & { replies: string[]; reactions: string[] }>(
    `SELECT sample.*, thread.replies, thread.reactions
       FROM (SELECT p.id, p.createat,
                    ARRAY(SELECT r.id::text FROM posts r WHERE r.rootid = p.id AND r.deleteat = 0
                             AND coalesce(r.originalid, '') = '' ORDER BY r.createat, r.id) AS replies,
                    ARRAY(SELECT DISTINCT x.emojiname::text FROM reactions x
                           WHERE x.postid = p.id AND coalesce(x.deleteat, 0) = 0 ORDER BY 1) AS reactions
               FROM (SELECT p.* FROM threads t JOIN posts p ON p.id = t.postid
                      WHERE p.channelid = ANY ($1::text[]) AND ${SHOWN} AND p.hasreactions
                        AND t.replycount BETWEEN 1 AND 20
                      ORDER BY p.createat DESC LIMIT 50) p) thread
       JOIN LATERAL (${SELECT_POST} WHERE p.id = thread.id) sample ON true
      WHERE cardinality(thread.replies) > 0 AND cardinality(thread.reactions) > 0
      ORDER BY (cardinality(thread.replies) > 1) DESC, thread.createat DESC LIMIT 1`,
    [channels],
  );
  return rows[0] ?? null;
}

async function chooseEdited(client: Client, channels: readonly string[]): Promise<SamplePost | null> {
  const { rows } = await client.query<SamplePost>(
    `${SELECT_POST} WHERE p.channelid = ANY ($1::text[]) AND ${SHOWN} AND coalesce(p.rootid, '') = '' AND p.editat > 0
        AND EXISTS (SELECT FROM posts earlier WHERE earlier.originalid = p.id AND earlier.message <> p.message)
      ORDER BY p.createat DESC LIMIT 1`,
    [channels],
  );
  return rows[0] ?? null;
}

/** The newest file that is small enough to be fetched in a blink. */
async function chooseFile(client: Client, channels: readonly string[]): Promise<ChosenSamples['file']> {
  const { rows } = await client.query<NonNullable<ChosenSamples['file']>>(
    `SELECT f.id, p.id AS "postId", t.name AS team, c.name AS channel, f.name, f.size::float8 AS size, f.path
       FROM fileinfo f
       JOIN posts p ON p.id = f.postid AND p.deleteat = 0 AND coalesce(p.originalid, '') = ''
       JOIN channels c ON c.id = p.channelid JOIN teams t ON t.id = c.teamid
      WHERE p.channelid = ANY ($1::text[]) AND f.deleteat = 0 AND NOT coalesce(f.archived, false) AND f.path <> ''
      ORDER BY (f.size <= 10000000) DESC, f.createat DESC LIMIT 1`,
    [channels],
  );
  return rows[0] ?? null;
}

/** Between two people, of whom one signs in during the drill. */
async function chooseDirect(client: Client, userIds: readonly string[]): Promise<Samples['direct']> {
  const { rows } = await client.query<NonNullable<Samples['direct']>>(
    `SELECT newest.id AS "postId", pair.id AS "channelId", pair.members AS "memberIds", newest.hash AS "messageSha256"
       FROM (SELECT c.id, c.lastpostat, min(array_position($1::text[], m.userid::text)) AS rank,
                    ARRAY(SELECT one.userid::text FROM channelmembers one
                            JOIN users u ON u.id = one.userid AND u.deleteat = 0
                           WHERE one.channelid = c.id AND one.userid NOT IN (SELECT userid FROM bots)
                           ORDER BY 1) AS members
               FROM channels c JOIN channelmembers m ON m.channelid = c.id
              WHERE c.type = 'D' AND c.deleteat = 0 AND m.userid = ANY ($1::text[]) GROUP BY c.id) pair
      CROSS JOIN LATERAL (
        SELECT p.id, encode(sha256(convert_to(p.message, 'UTF8')), 'hex') AS hash FROM posts p
         WHERE p.channelid = pair.id AND coalesce(p.rootid, '') = '' AND ${SHOWN}
         ORDER BY p.createat DESC LIMIT 1) newest
      WHERE cardinality(pair.members) = 2
      ORDER BY pair.rank, pair.lastpostat DESC LIMIT 1`,
    [userIds],
  );
  return rows[0] ?? null;
}

async function countActiveUsers(client: Client): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM users WHERE deleteat = 0',
  );
  return rows[0]?.n ?? 0;
}
