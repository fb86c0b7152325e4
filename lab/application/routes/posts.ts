import { requireMemberChannel, requireReadableChannel } from '../channels.ts';
import { forbidden, invalidBodyParameter } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import type { Router } from '../http/router.ts';
import { findFilesOfPosts } from '../files.ts';
import { isId } from '../ids.ts';
import { changePost, deletePost } from '../posts/change.ts';
import { createPost } from '../posts/create.ts';
import { findPosts, requirePost } from '../posts/lists.ts';
import { describePost, describePosts, findReactions } from '../posts/metadata.ts';
import { fileJson, postJson, SELECT_CONTEXT_POSTS, type PostRow } from '../posts/post.ts';
import { addReaction, removeReaction } from '../posts/reactions.ts';
import { searchPosts } from '../posts/search.ts';
import { listThread } from '../posts/thread.ts';
import { requireTeamMember } from './teams.ts';

export function addPostRoutes(router: Router): void {
  router
    .on('POST', '/api/v4/posts', create)
    .on('POST', '/api/v4/posts/ids', byIds)
    .on('POST', '/api/v4/posts/search', (call) => search(call, undefined))
    .on('POST', '/api/v4/teams/:team_id/posts/search', searchInTeam)
    .on('GET', '/api/v4/posts/:post_id', async (call) =>
      describePost(call.app, await requireReadablePost(call)),
    )
    .on('PUT', '/api/v4/posts/:post_id', change)
    .on('PUT', '/api/v4/posts/:post_id/patch', change)
    .on('DELETE', '/api/v4/posts/:post_id', remove)
    .on('GET', '/api/v4/posts/:post_id/thread', thread)
    .on('GET', '/api/v4/posts/:post_id/files/info', filesOfPost)
    .on('GET', '/api/v4/posts/:post_id/reactions', reactionsOfPost)
    .on('POST', '/api/v4/posts/:post_id/pin', (call) => pin(call, true))
    .on('POST', '/api/v4/posts/:post_id/unpin', (call) => pin(call, false))
    .on('GET', '/api/v4/posts/:post_id/edit_history', editHistory)
    .on('POST', '/api/v4/reactions', react)
    .on('DELETE', '/api/v4/users/:user_id/posts/:post_id/reactions/:emoji_name', unreact);
}

async function requireReadablePost(call: Call, id = call.id('post_id')): Promise<PostRow> {
  const post = await requirePost(call.app, id);
  await requireReadableChannel(call, post.channelid);
  return post;
}

async function requireOwnPost(call: Call): Promise<PostRow> {
  const post = await requirePost(call.app, call.id('post_id'));
  await requireMemberChannel(call, post.channelid);
  if (post.userid !== call.userId && !call.isAdmin) throw forbidden();
  return post;
}

async function create(call: Call): Promise<void> {
  const body = await call.json<{
    channel_id?: string;
    message?: string;
    root_id?: string;
    file_ids?: string[];
    props?: Record<string, unknown>;
    pending_post_id?: string;
    create_at?: number;
  }>();
  if (!isId(body.channel_id)) throw invalidBodyParameter('channel_id');
  const channel = await requireMemberChannel(call, body.channel_id);
  if (channel.deleteat > 0) throw forbidden();
  const post = await createPost(call.app, {
    userId: call.userId,
    channel,
    message: String(body.message ?? ''),
    rootId: body.root_id ?? '',
    fileIds: body.file_ids ?? [],
    props: body.props ?? {},
    pendingPostId: body.pending_post_id ?? '',
    ...(call.isAdmin && body.create_at ? { createAt: body.create_at } : {}),
  });
  return call.created(post);
}

async function byIds(call: Call): Promise<object[]> {
  const posts = await findPosts(call.app, (await call.idList()).slice(0, 1000));
  const readable = await call.app.db.rows<{ id: string }>(
    `SELECT c.id FROM channels c WHERE c.id = ANY($2) AND ($3
       OR EXISTS (SELECT 1 FROM channelmembers m WHERE m.channelid = c.id AND m.userid = $1)
       OR c.type = 'O' AND EXISTS (SELECT 1 FROM teammembers t WHERE t.teamid = c.teamid AND t.userid = $1 AND t.deleteat = 0))`,
    [call.userId, [...new Set(posts.map(({ channelid }) => channelid))], call.isAdmin],
  );
  const allowed = new Set(readable.map(({ id }) => id));
  return describePosts(
    call.app,
    posts.filter(({ channelid }) => allowed.has(channelid)),
  );
}

async function search(call: Call, teamId: string | undefined): Promise<object> {
  const body = await call.json<{ terms?: string; is_or_search?: boolean; page?: number }>();
  if (typeof body.terms !== 'string' || body.terms.trim() === '') throw invalidBodyParameter('terms');
  const isFurtherPage = Number(body.page ?? 0) > 0;
  const terms = isFurtherPage ? '' : body.terms;
  return searchPosts(call.app, { terms, isOr: body.is_or_search === true, teamId, userId: call.userId });
}

async function searchInTeam(call: Call): Promise<object> {
  const teamId = call.id('team_id');
  await requireTeamMember(call, teamId);
  return search(call, teamId);
}

async function change(call: Call): Promise<object> {
  const post = await requireOwnPost(call);
  const body = await call.json<{ message?: string; props?: Record<string, unknown>; is_pinned?: boolean }>();
  return changePost(call.app, post, { message: body.message, props: body.props, isPinned: body.is_pinned });
}

async function remove(call: Call): Promise<object> {
  await deletePost(call.app, await requireOwnPost(call), call.userId);
  return { status: 'OK' };
}

async function thread(call: Call): Promise<object> {
  const post = await requireReadablePost(call);
  return listThread(call.app, post.id, {
    limit: Math.min(call.number('perPage', 0), 1000),
    direction: call.query.get('direction') === 'up' ? 'up' : 'down',
    fromCreateAt: call.number('fromCreateAt', 0),
  });
}

async function filesOfPost(call: Call): Promise<object[]> {
  const post = await requireReadablePost(call);
  return (await findFilesOfPosts(call.app, [post.id])).map(fileJson);
}

async function reactionsOfPost(call: Call): Promise<unknown> {
  const post = await requireReadablePost(call);
  return findReactions(call.app, [post.id]);
}

async function pin(call: Call, isPinned: boolean): Promise<object> {
  const post = await requireReadablePost(call);
  await requireMemberChannel(call, post.channelid);
  await changePost(call.app, post, { isPinned });
  return { status: 'OK' };
}

async function editHistory(call: Call): Promise<object[]> {
  const post = await requireOwnPost(call);
  const rows = await call.app.db.rows<PostRow>(
    `${SELECT_CONTEXT_POSTS} WHERE p.originalid = $1 ORDER BY p.updateat DESC`,
    [post.id],
  );
  return rows.map((row) => postJson(row));
}

async function react(call: Call): Promise<unknown> {
  const body = await call.json<{ user_id?: string; post_id?: string; emoji_name?: string }>();
  if (!isId(body.post_id)) throw invalidBodyParameter('post_id');
  if (body.user_id !== call.userId) throw forbidden();
  const emojiName = String(body.emoji_name ?? '').toLowerCase();
  if (!/^[a-z0-9_+-]{1,64}$/.test(emojiName)) throw invalidBodyParameter('reaction');
  const post = await requirePost(call.app, body.post_id);
  await requireMemberChannel(call, post.channelid);
  return addReaction(call.app, post, call.userId, emojiName);
}

async function unreact(call: Call): Promise<object> {
  const userId = call.ownUser();
  const post = await requirePost(call.app, call.id('post_id'));
  await requireMemberChannel(call, post.channelid);
  await removeReaction(call.app, post, userId, call.params['emoji_name'] ?? '');
  return { status: 'OK' };
}
