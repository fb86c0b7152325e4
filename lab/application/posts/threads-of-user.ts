import type { App } from '../app.ts';
import { findUsers, publicUserJson } from '../accounts/users.ts';
import { postJson, type PostRow } from './post.ts';

export type ThreadRow = PostRow & {
  userid: string;
  authorid: string;
  threadteamid: string;
  threadreplies: number;
  lastreplyat: number;
  lastviewed: number;
  participants: string[] | null;
  unreadmentions: number;
  unreadreplies: number;
};

/** Threads as their followers see them; a WHERE on memberships (m), threads (t) or root posts (p) goes behind. */
export const SELECT_THREADS = `
  SELECT m.userid, m.lastviewed, coalesce(m.unreadmentions, 0) AS unreadmentions, t.threadteamid, t.participants,
    t.lastreplyat, t.replycount AS threadreplies,
    (SELECT count(*) FROM posts r WHERE r.rootid = m.postid AND r.deleteat = 0 AND r.createat > m.lastviewed
      AND r.userid <> m.userid) AS unreadreplies,
    p.id, p.createat, p.updateat, p.editat, p.deleteat, p.userid AS authorid, p.channelid, p.rootid, p.originalid,
    p.message, p.type, p.props, p.hashtags, p.fileids, p.hasreactions, p.ispinned, p.remoteid, 0 AS replycount
  FROM threadmemberships m JOIN threads t ON t.postid = m.postid JOIN posts p ON p.id = m.postid`;

// Threads of direct messages belong to every team's list.
const IN_TEAM = `m.userid = $1 AND m.following AND t.threadteamid IN ($2, '') AND t.threaddeleteat IS NULL AND p.deleteat = 0`;

export interface ThreadFilter {
  readonly limit: number;
  readonly extended: boolean;
  readonly unreadOnly: boolean;
  readonly totalsOnly: boolean;
  readonly threadsOnly: boolean;
  readonly before: string | null;
}

/** The threads that a user follows in a team, the one with the newest reply first, with totals. */
export async function listThreadsOfUser(
  app: App,
  userId: string,
  teamId: string,
  filter: ThreadFilter,
): Promise<object> {
  const [totals, threads] = await Promise.all([
    filter.threadsOnly ? undefined : countThreads(app, userId, teamId),
    filter.totalsOnly
      ? []
      : app.db.planned<ThreadRow>(
          `${SELECT_THREADS} WHERE ${IN_TEAM} AND (NOT $3 OR t.lastreplyat > m.lastviewed)
             AND ($4::text IS NULL OR t.lastreplyat < (SELECT b.lastreplyat FROM threads b WHERE b.postid = $4))
           ORDER BY t.lastreplyat DESC LIMIT $5`,
          [userId, teamId, filter.unreadOnly, filter.before, filter.limit],
        ),
  ]);
  return {
    total: totals?.total ?? 0,
    total_unread_threads: totals?.unread ?? 0,
    total_unread_mentions: totals?.mentions ?? 0,
    total_unread_urgent_mentions: 0,
    threads: await threadsJson(app, threads, { extended: filter.extended }),
  };
}

export async function findThreadOfUser(
  app: App,
  userId: string,
  rootId: string,
): Promise<object | undefined> {
  const row = await app.db.one<ThreadRow>(`${SELECT_THREADS} WHERE m.userid = $1 AND m.postid = $2`, [
    userId,
    rootId,
  ]);
  return row && (await threadsJson(app, [row], { extended: false }))[0];
}

function countThreads(
  app: App,
  userId: string,
  teamId: string,
): Promise<{ total: number; unread: number; mentions: number } | undefined> {
  return app.db.one(
    `SELECT count(*) AS total, count(*) FILTER (WHERE t.lastreplyat > m.lastviewed) AS unread,
       coalesce(sum(m.unreadmentions), 0)::int AS mentions
     FROM threadmemberships m JOIN threads t ON t.postid = m.postid JOIN posts p ON p.id = m.postid WHERE ${IN_TEAM}`,
    [userId, teamId],
  );
}

/** Threads as JSON; participants as full profiles when `extended`, else by id alone. */
export async function threadsJson(
  app: App,
  rows: readonly ThreadRow[],
  { extended }: { extended: boolean },
): Promise<object[]> {
  const ids = [...new Set(rows.flatMap(({ participants }) => participants ?? []))];
  const users = extended ? await findUsers(app, 'id', ids) : [];
  const byId = new Map<string, object>(users.map((user) => [user.id, publicUserJson(app, user)]));
  return rows.map((row) => ({
    id: row.id,
    reply_count: row.threadreplies,
    last_reply_at: row.lastreplyat,
    last_viewed_at: row.lastviewed,
    participants: (row.participants ?? []).map((id) => byId.get(id) ?? bareUser(id)),
    post: postJson({ ...row, userid: row.authorid }),
    unread_replies: row.unreadreplies,
    unread_mentions: row.unreadmentions,
    is_urgent: false,
    delete_at: 0,
  }));
}

/** What the official server gives in place of a profile: every field empty but the id. */
const bareUser = (id: string): object => ({
  id,
  delete_at: 0,
  username: '',
  auth_data: '',
  auth_service: '',
  email: '',
  nickname: '',
  first_name: '',
  last_name: '',
  position: '',
  roles: '',
  locale: '',
  timezone: null,
  disable_welcome_email: false,
});
