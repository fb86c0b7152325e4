import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { A_FEW, ask, judge, type Question } from '../../../src/steps/restore/audit/question.ts';
import { QUESTIONS, STRUCTURE } from '../../../src/steps/restore/audit/questions.ts';
import { checkSchemaVersion } from '../../../src/steps/restore/audit/schema-version.ts';
import { openRestoredCopies, OUTAGE_AT, type RestoredCopies } from './restored-copies.ts';

// Each test works on a database of its own, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

let copies: RestoredCopies;
let client: Client;

beforeAll(async () => {
  copies = await openRestoredCopies();
  client = (await copies.copy()).client;
}, 120_000);
afterAll(() => copies[Symbol.asyncDispose]());

it('finds nothing wrong with a site that nothing happened to', async () => {
  expect(await whatFires()).toEqual([]);
});

const one = (from: string) => `(SELECT min(id) FROM ${from})`;
/** A message that nothing hangs on: no thread, file, reaction or edit; and not its channel's newest. */
const LONE = `(SELECT p.id FROM posts p JOIN channels c ON c.id = p.channelid
   WHERE p.type = '' AND p.rootid = '' AND p.originalid = '' AND p.deleteat = 0 AND p.editat = 0
     AND NOT coalesce(p.hasreactions, false) AND p.fileids = '[]' AND p.createat < c.lastpostat - 86400000
     AND NOT EXISTS (SELECT FROM posts r WHERE r.rootid = p.id) ORDER BY p.id LIMIT 1)`;
/** A reply that is neither its thread's newest nor carries anything. */
const REPLY = `(SELECT p.id FROM posts p JOIN threads t ON t.postid = p.rootid
   WHERE p.originalid = '' AND p.deleteat = 0 AND p.editat = 0 AND p.createat < t.lastreplyat
     AND NOT coalesce(p.hasreactions, false) AND p.fileids = '[]' ORDER BY p.id LIMIT 1)`;
const CHANNEL = `(SELECT channelid FROM posts WHERE id = ${LONE})`;
const THREAD = `(SELECT t.postid FROM threads t JOIN posts p ON p.id = t.postid AND p.deleteat = 0
   WHERE t.replycount > 1 ORDER BY 1 LIMIT 1)`;

/** What happened to the data, and every check that must notice: the first is its own, the others follow from it. */
const CORRUPTIONS: readonly (readonly [what: string, sql: string, ...fires: string[]])[] = [
  ['a table is gone', 'DROP TABLE licenses', 'tables-present'],
  ['a key of the site is gone', `DELETE FROM systems WHERE name = 'DiagnosticId'`, 'site-keys-present'],
  [
    'indexes were built with another version of the collation',
    `UPDATE pg_database SET datcollversion = '2.31' WHERE datname = current_database()`,
    'collations-current',
  ],
  [
    'a sequence is behind its column',
    `CREATE TABLE numbered (id serial); INSERT INTO numbered VALUES (7)`,
    'sequences-ahead',
  ],
  [
    'two users differ in case alone',
    `UPDATE users SET username = upper((SELECT username FROM users WHERE id = ${one('users')})) WHERE id = (SELECT max(id) FROM users)`,
    'usernames-unique',
  ],
  [
    'two e-mails differ in case alone',
    `UPDATE users SET email = upper((SELECT email FROM users WHERE id = ${one('users')})) WHERE id = (SELECT max(id) FROM users)`,
    'emails-unique',
  ],
  [
    'an SSO user lost its id',
    `UPDATE users SET authdata = NULL WHERE id = ${one("users WHERE authservice = 'gitlab'")}`,
    'sso-users-have-id',
  ],
  [
    'second factors lost their secrets',
    `UPDATE users SET mfasecret = '' WHERE mfaactive`,
    'mfa-users-have-secret',
  ],
  ['no administrator is left', `UPDATE users SET roles = 'system_user'`, 'active-admin'],
  [
    'a membership names a lost team',
    `INSERT INTO teammembers (teamid, userid, deleteat) VALUES ('lost', ${one('users')}, 0)`,
    'team-members-have-team',
  ],
  [
    'a membership names a lost user',
    `INSERT INTO teammembers (teamid, userid, deleteat) VALUES (${one('teams')}, 'lost', 0)`,
    'team-members-have-user',
  ],
  [
    'a channel membership names a lost channel',
    `INSERT INTO channelmembers (channelid, userid, msgcount) VALUES ('lost', ${one('users')}, 0)`,
    'channel-members-have-channel',
  ],
  [
    'a channel membership names a lost user',
    `INSERT INTO channelmembers (channelid, userid, msgcount) VALUES (${one('channels')}, 'lost', 0)`,
    'channel-members-have-user',
  ],
  [
    'a preference names a lost user',
    `INSERT INTO preferences (userid, category, name, value) VALUES ('lost', 'theme', 'x', 'y')`,
    'preferences-have-user',
  ],
  [
    'a channel names a lost team',
    `UPDATE channels SET teamid = 'lost' WHERE id = ${CHANNEL}`,
    'channels-have-team',
  ],
  [
    'a public channel is not listed',
    `DELETE FROM publicchannels WHERE id = ${one('publicchannels')}`,
    'public-channels-listed',
  ],
  [
    'an enumerated type is missing',
    'ALTER TABLE uploadsessions ALTER COLUMN type TYPE text; DROP TYPE upload_session_type',
    'types-present',
  ],
  [
    'conversations have lost their people',
    `DELETE FROM channelmembers WHERE channelid IN (SELECT id FROM channels WHERE type IN ('D', 'G'))`,
    'conversations-have-members',
  ],
  ['one message in the middle is gone', `DELETE FROM posts WHERE id = ${LONE}`, 'channels-hold-all-messages'],
  [
    'the newest message is gone',
    `UPDATE channels SET lastpostat = lastpostat + 60000 WHERE id = ${CHANNEL}`,
    'channels-hold-newest-message',
  ],
  [
    'a channel has counted six too few',
    `WITH _ AS (UPDATE channelmembers SET msgcount = 0 WHERE channelid = ${CHANNEL})
     UPDATE channels SET totalmsgcount = totalmsgcount - 6 - (SELECT count(*) FROM posts p WHERE p.channelid = channels.id AND p.deleteat > 0 AND p.originalid = '') WHERE id = ${CHANNEL}`,
    'channel-counters-not-low',
  ],
  [
    'a channel forgot its newest message',
    `UPDATE channels SET lastpostat = createat WHERE id = ${CHANNEL}`,
    'channel-times-not-low',
  ],
  [
    'somebody read more than there is',
    `UPDATE channelmembers SET msgcount = 1000000 WHERE channelid = ${CHANNEL}`,
    'members-read-no-more-than-there-is',
  ],
  [
    'a message names a lost channel',
    `UPDATE posts SET channelid = 'lost' WHERE id = ${LONE}`,
    'posts-have-channel',
    'channels-hold-all-messages',
  ],
  [
    'a message names a lost author',
    `UPDATE posts SET userid = 'lost' WHERE id = ${LONE}`,
    'posts-have-author',
  ],
  [
    'a reply names a lost message',
    `UPDATE posts SET rootid = 'lost' WHERE id = ${REPLY}`,
    'replies-have-root',
    'replies-have-thread',
    'threads-count-replies',
  ],
  [
    'a reply is in another channel',
    `UPDATE posts SET channelid = (SELECT c.id FROM channels c WHERE c.id <> posts.channelid ORDER BY lastpostat DESC LIMIT 1) WHERE id = ${REPLY}`,
    'replies-in-roots-channel',
    'channels-hold-all-messages',
  ],
  [
    'the message of an earlier text is gone',
    `INSERT INTO posts (id, createat, updateat, deleteat, userid, channelid, rootid, originalid, message, type, fileids)
     SELECT 'history', createat, updateat, updateat, userid, channelid, '', 'lost', '', '', '[]' FROM posts WHERE id = ${LONE}`,
    'edits-have-message',
  ],
  [
    'a message is from the future',
    `WITH _ AS (UPDATE channels SET lastpostat = ${OUTAGE_AT.getTime()}::bigint + 3600000 WHERE id = ${CHANNEL})
     UPDATE posts SET createat = ${OUTAGE_AT.getTime()}::bigint + 3600000 WHERE id = ${LONE}`,
    'posts-not-after-outage',
  ],
  [
    'a file’s row is gone',
    `DELETE FROM fileinfo WHERE id = (SELECT min(f.id) FROM fileinfo f JOIN posts p ON p.id = f.postid WHERE p.deleteat = 0)`,
    'posts-have-files',
  ],
  [
    'a file names a lost message',
    `UPDATE fileinfo SET postid = 'lost' WHERE id = ${one('fileinfo')}`,
    'files-have-post',
  ],
  [
    'a file has no path',
    `UPDATE fileinfo SET path = '' WHERE id = ${one('fileinfo WHERE deleteat = 0')}`,
    'files-have-path',
  ],
  [
    'a reaction names a lost message',
    `INSERT INTO reactions (userid, postid, emojiname, createat) VALUES (${one('users')}, 'lost', '+1', 1)`,
    'reactions-have-post',
  ],
  [
    'a message hides its reactions',
    `UPDATE posts SET hasreactions = false WHERE id = (SELECT min(postid) FROM reactions WHERE coalesce(deleteat, 0) = 0)`,
    'reactions-shown',
  ],
  [
    'a thread lost its first message',
    `INSERT INTO threads (postid, replycount, lastreplyat) VALUES ('lost', 0, 0)`,
    'threads-have-root',
  ],
  [
    'a thread is gone',
    `WITH _ AS (DELETE FROM threadmemberships WHERE postid = ${THREAD}) DELETE FROM threads WHERE postid = ${THREAD}`,
    'replies-have-thread',
  ],
  [
    'a thread counts wrongly',
    `UPDATE threads SET replycount = replycount + 1 WHERE postid = ${THREAD}`,
    'threads-count-replies',
  ],
  [
    'a thread is out of date',
    `UPDATE threads SET lastreplyat = lastreplyat + 1 WHERE postid = ${THREAD}`,
    'threads-know-newest-reply',
  ],
  [
    'a followed thread is gone',
    `INSERT INTO threadmemberships (postid, userid, following, lastviewed, lastupdated, unreadmentions) VALUES ('lost', ${one('users')}, true, 0, 0, 0)`,
    'followed-threads-exist',
  ],
  [
    'an index is not valid',
    `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'posts_pkey'::regclass`,
    'indexes-valid',
  ],
  ['a view is empty', 'REFRESH MATERIALIZED VIEW file_stats WITH NO DATA', 'materialized-views-filled'],
];

describe('notices that', () => {
  it.each(CORRUPTIONS)('%s', async (_what, sql, ...fires) => {
    expect(await inVain(sql, whatFires)).toEqual(fires.map((id) => `audit.${id}`).toSorted());
  });

  it('and has such a test for each of its questions', () => {
    const tested = new Set(CORRUPTIONS.map(([, , first]) => `audit.${first}`));
    expect([...QUESTIONS, ...STRUCTURE].map(({ id }) => id).filter((id) => !tested.has(id))).toEqual([]);
  });
});

describe('allows', () => {
  it('a channel to have five messages in flight', async () => {
    const inFlight = `WITH _ AS (UPDATE channelmembers SET msgcount = 0 WHERE channelid = ${CHANNEL})
      UPDATE channels SET totalmsgcount = (SELECT count(*) FROM posts p WHERE p.channelid = channels.id AND p.deleteat = 0 AND p.originalid = ''
        AND p.type NOT LIKE 'system%') - 5 WHERE id = ${CHANNEL}`;
    expect(await inVain(inFlight, whatFires)).toEqual([]);
  });

  it('a few leftovers where Mattermost itself leaves some, and says so', async () => {
    const question = questionOf('audit.preferences-have-user');
    const insert = (n: number) =>
      `INSERT INTO preferences (userid, category, name, value) SELECT 'lost', 'c', n::text, '' FROM generate_series(1, ${n}) n`;
    const few = await inVain(insert(A_FEW.rows), async () => judge(await ask(client, question, OUTAGE_AT)));
    expect(few).toMatchObject({
      verdict: 'passed',
      seen: expect.stringMatching(/^5 of preferences, such as lost/),
    });
    const many = await inVain(insert(A_FEW.rows + 1), async () =>
      judge(await ask(client, question, OUTAGE_AT)),
    );
    expect(many).toMatchObject({ verdict: 'missed', code: 'TOO_MANY_LEFTOVERS' });
  });

  it('not one lost message', async () => {
    const question = questionOf('audit.channels-hold-all-messages');
    const check = await inVain(`DELETE FROM posts WHERE id = ${LONE}`, async () =>
      judge(await ask(client, question, OUTAGE_AT)),
    );
    expect(check).toMatchObject({ verdict: 'missed', code: 'ROWS_MISSING' });
  });
});

it('calls what it cannot ask unverified, never passed', async () => {
  const gone = { ...questionOf('audit.posts-have-channel'), offenders: 'SELECT id FROM no_such_table' };
  expect(judge(await ask(client, gone, OUTAGE_AT))).toMatchObject({
    verdict: 'unverified',
    code: 'AUDIT_NOT_POSSIBLE',
    seen: expect.stringContaining('no_such_table'),
  });
});

describe('the list of migrations', () => {
  it('is whole', async () => {
    expect(await checkSchemaVersion(client)).toMatchObject({ verdict: 'passed', metric: { value: 159 } });
  });

  it.each([
    ['has a gap', 'DELETE FROM db_migrations WHERE version = 42', 'without 42'],
    ['is empty', 'DELETE FROM db_migrations', 'no migration at all'],
  ])('is missed when it %s', async (_what, sql, seen) => {
    expect(await inVain(sql, () => checkSchemaVersion(client))).toMatchObject({
      verdict: 'missed',
      code: 'SCHEMA_INCOMPLETE',
      seen: expect.stringContaining(seen),
    });
  });
});

async function whatFires(): Promise<string[]> {
  const fired: string[] = [];
  for (const question of [...QUESTIONS, ...STRUCTURE]) {
    const { offenders } = await ask(client, question, OUTAGE_AT);
    if (offenders !== 0) fired.push(question.id);
  }
  return fired.toSorted();
}

/** Damages the data, looks, and takes the damage back. */
async function inVain<T>(sql: string, look: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    return await look();
  } finally {
    await client.query('ROLLBACK');
  }
}

function questionOf(id: string): Question {
  const found = QUESTIONS.find((question) => question.id === id);
  if (!found) throw new Error(`there is no question ${id}`);
  return found;
}
