import type { App } from '../app.ts';
import { newId } from '../ids.ts';
import { broadcastTo } from '../websocket/hub.ts';
import { requirePost } from './lists.ts';
import { findHashtags } from './mentions.ts';
import { describePost } from './metadata.ts';
import { fileIdsOf, postJson, type PostRow } from './post.ts';

export interface PostChange {
  readonly message?: string | undefined;
  readonly props?: Record<string, unknown> | undefined;
  readonly isPinned?: boolean | undefined;
}

/** Changes a post. A new text keeps the old one as a deleted row that points to the post. */
export async function changePost(
  app: App,
  post: PostRow,
  change: PostChange,
): Promise<Record<string, unknown>> {
  const now = Date.now();
  const message = change.message ?? post.message;
  const isEdit = message !== post.message;
  await app.db.transaction(async (db) => {
    if (isEdit) {
      await db.rows(
        `INSERT INTO posts (id, createat, updateat, editat, deleteat, ispinned, userid, channelid, rootid, originalid, message,
           type, props, hashtags, filenames, fileids, hasreactions, remoteid)
         SELECT $1, createat, $2, editat, $2, ispinned, userid, channelid, rootid, id, message, type, props, hashtags, filenames,
           fileids, hasreactions, remoteid FROM posts WHERE id = $3`,
        [newId(), now, post.id],
      );
    }
    await db.rows(
      `UPDATE posts SET message = $2, updateat = $3, editat = CASE WHEN $4 THEN $3 ELSE editat END, hashtags = $5,
         props = coalesce($6::jsonb, props), ispinned = coalesce($7, ispinned) WHERE id = $1`,
      [
        post.id,
        message,
        now,
        isEdit,
        findHashtags(message),
        change.props ? JSON.stringify(change.props) : null,
        change.isPinned ?? null,
      ],
    );
    await db.rows('UPDATE channels SET lastpostat = $2 WHERE id = $1 AND lastpostat < $2', [
      post.channelid,
      now,
    ]);
    if (post.rootid) await db.rows('UPDATE posts SET updateat = $2 WHERE id = $1', [post.rootid, now]);
  });
  const json = await describePost(app, await requirePost(app, post.id));
  await app.hub.publish({
    event: 'post_edited',
    data: { post: JSON.stringify(json) },
    broadcast: broadcastTo({ channel_id: post.channelid }),
  });
  return json;
}

/** Deletes a post with its replies; rows stay, marked with the time. */
export async function deletePost(app: App, post: PostRow, byUserId: string): Promise<void> {
  const now = Date.now();
  await app.db.transaction(async (db) => {
    await db.rows(
      `UPDATE posts SET deleteat = $2, updateat = $2, props = coalesce(props, '{}') || jsonb_build_object('deleteBy', $3::text)
       WHERE (id = $1 OR rootid = $1) AND deleteat = 0`,
      [post.id, now, byUserId],
    );
    if (fileIdsOf(post).length > 0)
      await db.rows('UPDATE fileinfo SET deleteat = $2 WHERE postid = $1', [post.id, now]);
    await db.rows('UPDATE channels SET lastpostat = $2 WHERE id = $1 AND lastpostat < $2', [
      post.channelid,
      now,
    ]);
    if (post.rootid) await recountThread(db, post.rootid);
    else await db.rows('UPDATE threads SET threaddeleteat = $2 WHERE postid = $1', [post.id, now]);
  });
  await app.hub.publish({
    event: 'post_deleted',
    data: { post: JSON.stringify(postJson(post)) },
    broadcast: broadcastTo({ channel_id: post.channelid, contains_sanitized_data: true }),
  });
}

async function recountThread(db: Pick<App['db'], 'rows'>, rootId: string): Promise<void> {
  await db.rows(
    `UPDATE threads t SET replycount = left_over.n, lastreplyat = left_over.newest,
       participants = (SELECT coalesce(jsonb_agg(who), '[]') FROM jsonb_array_elements_text(t.participants) who
         WHERE who = ANY(left_over.authors))
     FROM (SELECT count(*) AS n, coalesce(max(createat), 0) AS newest, array_agg(DISTINCT userid::text) AS authors
       FROM posts WHERE rootid = $1 AND deleteat = 0) left_over
     WHERE t.postid = $1`,
    [rootId],
  );
}
