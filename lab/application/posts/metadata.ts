import type { App } from '../app.ts';
import { findFilesOfPosts } from '../files.ts';
import { fileJson, fileIdsOf, postJson, type PostMetadata, type PostRow, type ReactionJson } from './post.ts';

/** Posts as the API answers them, with files, reactions, emojis and known links: three queries at most. */
export async function describePosts(app: App, posts: readonly PostRow[]): Promise<Record<string, unknown>[]> {
  const withFiles = posts
    .filter((post) => post.deleteat === 0 && fileIdsOf(post).length > 0)
    .map(({ id }) => id);
  const withReactions = posts.filter((post) => post.hasreactions).map(({ id }) => id);
  const [files, reactions, links] = await Promise.all([
    withFiles.length > 0 ? findFilesOfPosts(app, withFiles) : [],
    withReactions.length > 0 ? findReactions(app, withReactions) : [],
    app.outbound.links.describe(posts),
  ]);
  const filesByPost = Map.groupBy(files, ({ postid }) => postid);
  const reactionsByPost = Map.groupBy(reactions, ({ post_id }) => post_id);
  return Promise.all(
    posts.map(async (post) => {
      const own = reactionsByPost.get(post.id) ?? [];
      const emojis = await app.emojis.used(
        post.message,
        own.map(({ emoji_name }) => emoji_name),
      );
      const metadata: PostMetadata = { ...links.get(post.id) };
      if (emojis.length > 0) metadata.emojis = emojis;
      const attached = filesByPost.get(post.id);
      if (attached) metadata.files = attached.map(fileJson);
      if (own.length > 0) metadata.reactions = own;
      return postJson(post, metadata);
    }),
  );
}

export async function describePost(app: App, post: PostRow): Promise<Record<string, unknown>> {
  const [described] = await describePosts(app, [post]);
  return described ?? postJson(post);
}

export function findReactions(app: App, postIds: readonly string[]): Promise<ReactionJson[]> {
  return app.db.rows<ReactionJson>(
    `SELECT userid AS user_id, postid AS post_id, emojiname AS emoji_name, createat AS create_at, updateat AS update_at,
       coalesce(deleteat, 0) AS delete_at, coalesce(remoteid, '') AS remote_id, channelid AS channel_id
     FROM reactions WHERE postid = ANY($1) AND coalesce(deleteat, 0) = 0 ORDER BY createat`,
    [postIds],
  );
}
