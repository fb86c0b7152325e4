import type { App } from '../app.ts';
import { broadcastTo } from '../websocket/hub.ts';
import type { PostRow, ReactionJson } from './post.ts';

export async function addReaction(
  app: App,
  post: PostRow,
  userId: string,
  emojiName: string,
): Promise<ReactionJson> {
  const now = Date.now();
  const [stored] = await app.db.rows<{ createat: number; updateat: number }>(
    `WITH flagged AS (UPDATE posts SET hasreactions = true, updateat = $4 WHERE id = $2)
     INSERT INTO reactions (userid, postid, emojiname, createat, updateat, deleteat, remoteid, channelid)
     VALUES ($1, $2, $3, $4, $4, 0, '', $5)
     ON CONFLICT (postid, userid, emojiname) DO UPDATE SET updateat = $4, deleteat = 0 RETURNING createat, updateat`,
    [userId, post.id, emojiName, now, post.channelid],
  );
  const reaction = reactionJson(post, userId, emojiName, stored?.createat ?? now, stored?.updateat ?? now, 0);
  await publish(app, 'reaction_added', reaction);
  return reaction;
}

export async function removeReaction(
  app: App,
  post: PostRow,
  userId: string,
  emojiName: string,
): Promise<void> {
  const now = Date.now();
  await app.db.transaction(async (db) => {
    await db.rows(
      'UPDATE reactions SET deleteat = $4, updateat = $4 WHERE userid = $1 AND postid = $2 AND emojiname = $3',
      [userId, post.id, emojiName, now],
    );
    await db.rows(
      `UPDATE posts SET updateat = $2, hasreactions = EXISTS (
         SELECT 1 FROM reactions WHERE postid = $1 AND coalesce(deleteat, 0) = 0) WHERE id = $1`,
      [post.id, now],
    );
  });
  await publish(app, 'reaction_removed', reactionJson(post, userId, emojiName, now, now, now));
}

function reactionJson(
  post: PostRow,
  userId: string,
  emojiName: string,
  createAt: number,
  updateAt: number,
  deleteAt: number,
): ReactionJson {
  return {
    user_id: userId,
    post_id: post.id,
    emoji_name: emojiName,
    create_at: createAt,
    update_at: updateAt,
    delete_at: deleteAt,
    remote_id: '',
    channel_id: post.channelid,
  };
}

function publish(app: App, event: string, reaction: ReactionJson): Promise<void> {
  return app.hub.publish({
    event,
    data: { reaction: JSON.stringify(reaction) },
    broadcast: broadcastTo({ channel_id: reaction.channel_id }),
  });
}
