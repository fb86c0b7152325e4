import type { App } from '../app.ts';
import { assemble, requirePost, type PostList } from './lists.ts';
import { SELECT_POSTS, type PostRow } from './post.ts';

export interface ThreadOptions {
  /** 0: all of it. */
  readonly limit: number;
  readonly direction: 'up' | 'down';
  readonly fromCreateAt: number;
}

/** A post with all replies of its thread, oldest first. */
export async function listThread(
  app: App,
  postId: string,
  options: ThreadOptions,
): Promise<PostList & { has_next: boolean }> {
  const post = await requirePost(app, postId);
  const root = post.rootid ? await requirePost(app, post.rootid) : post;
  const { limit, direction, fromCreateAt } = options;
  const [compare, order] = direction === 'up' && limit > 0 ? ['<', 'DESC'] : ['>', 'ASC'];
  const replies = await app.db.rows<PostRow>(
    `${SELECT_POSTS} WHERE p.rootid = $1 AND p.deleteat = 0 AND ($2 = 0 OR p.createat ${compare} $2)
     ORDER BY p.createat ${order} LIMIT $3`,
    [root.id, fromCreateAt, limit > 0 ? limit + 1 : null],
  );
  const hasNext = limit > 0 && replies.length > limit;
  const shown = hasNext ? replies.slice(0, limit) : replies;
  return { ...(await assemble(app, [root, ...shown], { context: 'none' })), has_next: hasNext };
}
