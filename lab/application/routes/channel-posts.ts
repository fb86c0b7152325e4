import { requireReadableChannel } from '../channels.ts';
import type { Call } from '../http/call.ts';
import type { Router } from '../http/router.ts';
import { listAround, listAroundUnread, listPage, listSince } from '../posts/lists.ts';

export function addChannelPostRoutes(router: Router): void {
  router
    .on('GET', '/api/v4/channels/:channel_id/posts', channelPosts)
    .on('GET', '/api/v4/users/:user_id/channels/:channel_id/posts/unread', postsAroundUnread);
}

async function channelPosts(call: Call): Promise<object> {
  const { id } = await requireReadableChannel(call, call.id('channel_id'));
  const since = call.number('since', 0);
  if (since > 0) return listSince(call.app, id, since);
  for (const side of ['before', 'after'] as const) {
    const postId = call.query.get(side);
    if (postId) return listAround(call.app, id, { side, postId, ...call.page() });
  }
  return listPage(call.app, id, call.page());
}

async function postsAroundUnread(call: Call): Promise<object> {
  const { id } = await requireReadableChannel(call, call.id('channel_id'));
  const before = Math.min(call.number('limit_before', 60), 200);
  const after = Math.max(1, Math.min(call.number('limit_after', 60), 200));
  return listAroundUnread(call.app, id, call.ownUser(), { before, after });
}
