import type { App } from '../app.ts';
import { postNotFound } from '../http/api-error.ts';
import { describePosts } from './metadata.ts';
import { SELECT_CONTEXT_POSTS, SELECT_POSTS, type PostRow } from './post.ts';

export interface PostList {
  order: string[];
  posts: Record<string, object>;
  next_post_id: string;
  prev_post_id: string;
  first_inaccessible_post_time: number;
}

// As many as the official server gives to a client that asks what it has missed.
const MAX_SINCE = 1000;

/** One post that is not deleted. Rejects with the API's 404. */
export async function requirePost(app: App, id: string): Promise<PostRow> {
  const post = await app.db.one<PostRow>(`${SELECT_POSTS} WHERE p.id = $1 AND p.deleteat = 0`, [id]);
  if (!post) throw postNotFound();
  return post;
}

/** A page of a channel, newest first, with the threads that its replies belong to. */
export async function listPage(
  app: App,
  channelId: string,
  { limit, offset }: { limit: number; offset: number },
): Promise<PostList> {
  // One more on either side tells whether there is a neighbour, and which.
  const skip = Math.max(0, offset - 1);
  const rows = await app.db.rows<PostRow>(
    `${SELECT_POSTS} WHERE p.channelid = $1 AND p.deleteat = 0 ORDER BY p.createat DESC LIMIT $2 OFFSET $3`,
    [channelId, limit + 1 + (offset - skip), skip],
  );
  const next = offset > 0 ? rows.shift() : undefined;
  const page = rows.slice(0, limit);
  return assemble(app, page, { next: next?.id, previous: rows[limit]?.id, context: 'threads' });
}

/** Posts older than a post (`before`) or newer (`after`), newest first. */
export async function listAround(
  app: App,
  channelId: string,
  {
    side,
    postId,
    limit,
    offset,
  }: { side: 'before' | 'after'; postId: string; limit: number; offset: number },
): Promise<PostList> {
  const pivot = await app.db.one<{ createat: number }>(
    'SELECT createat FROM posts WHERE id = $1 AND channelid = $2',
    [postId, channelId],
  );
  if (!pivot) throw postNotFound();
  const rows = await takeFrom(app, channelId, side, pivot.createat, limit + 1, offset);
  const beyond = rows[limit]?.id;
  const page = rows.slice(0, limit);
  const newestFirst = side === 'before' ? page : page.toReversed();
  const neighbours =
    side === 'before' ? { next: postId, previous: beyond } : { next: beyond, previous: postId };
  return assemble(app, newestFirst, { ...neighbours, context: 'roots' });
}

/** What has changed in a channel since a time, deletions included. */
export async function listSince(app: App, channelId: string, since: number): Promise<PostList> {
  const rows = await app.db.rows<PostRow>(
    `${SELECT_POSTS} WHERE p.channelid = $1 AND p.updateat > $2 AND p.originalid = '' ORDER BY p.createat DESC LIMIT ${MAX_SINCE}`,
    [channelId, since],
  );
  return assemble(app, rows, { context: 'roots' });
}

/** The posts on both sides of the first one that a user has not read; the newest when they have read all. */
export async function listAroundUnread(
  app: App,
  channelId: string,
  userId: string,
  { before, after }: { before: number; after: number },
): Promise<PostList> {
  const unread = await app.db.one<{ createat: number }>(
    `SELECT p.createat FROM posts p
     WHERE p.channelid = $1 AND p.deleteat = 0 AND p.createat > coalesce(
       (SELECT m.lastviewedat FROM channelmembers m WHERE m.channelid = $1 AND m.userid = $2), 0)
     ORDER BY p.createat LIMIT 1`,
    [channelId, userId],
  );
  if (!unread) return listPage(app, channelId, { limit: before, offset: 0 });
  const [older, newer] = await Promise.all([
    takeFrom(app, channelId, 'before', unread.createat, before + 1, 0),
    takeFrom(app, channelId, 'after', unread.createat - 1, after + 1, 0),
  ]);
  const page = [...newer.slice(0, after).toReversed(), ...older.slice(0, before)];
  return assemble(app, page, { next: newer[after]?.id, previous: older[before]?.id, context: 'roots' });
}

/** Named posts, in no list order. */
export async function findPosts(app: App, ids: readonly string[]): Promise<PostRow[]> {
  return app.db.rows<PostRow>(`${SELECT_POSTS} WHERE p.id = ANY($1) AND p.deleteat = 0`, [ids]);
}

/** A list around rows that a caller has chosen itself. */
export async function assemble(
  app: App,
  page: readonly PostRow[],
  {
    next = '',
    previous = '',
    context,
  }: { next?: string | undefined; previous?: string | undefined; context: 'threads' | 'roots' | 'none' },
): Promise<PostList> {
  const extra = context === 'none' ? [] : await findContext(app, page, context);
  // Context comes last and wins: that is how the official server builds its map.
  const posts = new Map([...page, ...extra].map((post) => [post.id, post]));
  const described = await describePosts(app, [...posts.values()]);
  return {
    order: page.map(({ id }) => id),
    posts: Object.fromEntries(described.map((post) => [String(post['id']), post])),
    next_post_id: next,
    prev_post_id: previous,
    first_inaccessible_post_time: 0,
  };
}

async function findContext(
  app: App,
  page: readonly PostRow[],
  context: 'threads' | 'roots',
): Promise<PostRow[]> {
  const roots = [...new Set(page.map(({ rootid }) => rootid).filter(Boolean))];
  if (roots.length === 0) return [];
  const byId = `${SELECT_CONTEXT_POSTS} WHERE p.id = ANY($1) AND p.deleteat = 0`;
  const sql =
    context === 'roots'
      ? byId
      : `${byId} UNION ALL ${SELECT_CONTEXT_POSTS} WHERE p.rootid = ANY($1) AND p.deleteat = 0`;
  return app.db.rows<PostRow>(sql, [roots]);
}

function takeFrom(
  app: App,
  channelId: string,
  side: 'before' | 'after',
  createAt: number,
  limit: number,
  offset: number,
): Promise<PostRow[]> {
  const [compare, direction] = side === 'before' ? ['<', 'DESC'] : ['>', 'ASC'];
  return app.db.rows<PostRow>(
    `${SELECT_POSTS} WHERE p.channelid = $1 AND p.deleteat = 0 AND p.createat ${compare} $2
     ORDER BY p.createat ${direction} LIMIT $3 OFFSET $4`,
    [channelId, createAt, limit, offset],
  );
}
