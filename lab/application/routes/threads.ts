import { ApiError } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import type { Router } from '../http/router.ts';
import { findThreadOfUser, listThreadsOfUser } from '../posts/threads-of-user.ts';
import { broadcastTo } from '../websocket/hub.ts';
import { requireTeamMember } from './teams.ts';

const BASE = '/api/v4/users/:user_id/teams/:team_id/threads';

export function addThreadRoutes(router: Router): void {
  router
    .on('GET', BASE, list)
    .on('PUT', `${BASE}/read`, readAll)
    .on('GET', `${BASE}/:thread_id`, one)
    .on('PUT', `${BASE}/:thread_id/read/:timestamp`, markRead)
    .on('PUT', `${BASE}/:thread_id/following`, (call) => setFollowing(call, true))
    .on('DELETE', `${BASE}/:thread_id/following`, (call) => setFollowing(call, false))
    .on('GET', '/api/v4/users/:user_id/teams/:team_id/threads/mention_counts', () => ({}));
}

async function list(call: Call): Promise<object> {
  const userId = call.ownUser();
  const teamId = call.id('team_id');
  await requireTeamMember(call, teamId);
  return listThreadsOfUser(call.app, userId, teamId, {
    limit: Math.min(call.number('per_page', 30), 200),
    extended: call.flag('extended'),
    unreadOnly: call.flag('unread'),
    totalsOnly: call.flag('totalsOnly'),
    threadsOnly: call.flag('threadsOnly'),
    before: call.query.get('before'),
  });
}

async function one(call: Call): Promise<object> {
  const thread = await findThreadOfUser(call.app, call.ownUser(), call.id('thread_id'));
  if (!thread)
    throw new ApiError(
      404,
      'app.user.get_thread_membership_for_user.not_found',
      "This user doesn't follow the thread.",
    );
  return thread;
}

async function markRead(call: Call): Promise<object> {
  const userId = call.ownUser();
  const threadId = call.id('thread_id');
  const timestamp = Number(call.params['timestamp']) || Date.now();
  await call.app.db.rows(
    `UPDATE threadmemberships SET lastviewed = $3, lastupdated = $4, unreadmentions = 0 WHERE postid = $1 AND userid = $2`,
    [threadId, userId, timestamp, Date.now()],
  );
  const thread = await one(call);
  await call.app.hub.publish({
    event: 'thread_read_changed',
    data: {
      thread_id: threadId,
      timestamp,
      channel_id: (thread as { post?: { channel_id?: string } }).post?.channel_id ?? '',
    },
    broadcast: broadcastTo({ user_id: userId, team_id: call.id('team_id') }),
  });
  return thread;
}

async function readAll(call: Call): Promise<object> {
  const userId = call.ownUser();
  await call.app.db.rows(
    `UPDATE threadmemberships m SET lastviewed = $3, lastupdated = $3, unreadmentions = 0 FROM threads t
     WHERE t.postid = m.postid AND m.userid = $1 AND t.threadteamid IN ($2, '') AND t.lastreplyat > m.lastviewed`,
    [userId, call.id('team_id'), Date.now()],
  );
  return { status: 'OK' };
}

async function setFollowing(call: Call, following: boolean): Promise<object> {
  await call.app.db.rows(
    `INSERT INTO threadmemberships (postid, userid, following, lastviewed, lastupdated, unreadmentions)
     VALUES ($1, $2, $3, $4, $4, 0) ON CONFLICT (postid, userid) DO UPDATE SET following = $3, lastupdated = $4`,
    [call.id('thread_id'), call.ownUser(), following, Date.now()],
  );
  return { status: 'OK' };
}
