import { requireMemberChannel } from '../channels.ts';
import { ApiError, invalidBodyParameter } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import type { Router } from '../http/router.ts';
import { isId } from '../ids.ts';
import { broadcastTo } from '../websocket/hub.ts';

interface DraftRow {
  createat: number;
  updateat: number;
  deleteat: number;
  userid: string;
  channelid: string;
  rootid: string;
  message: string;
  type: string | null;
  props: string;
}

export function addDraftRoutes(router: Router): void {
  router
    .on('POST', '/api/v4/drafts', save)
    .on('GET', '/api/v4/users/:user_id/teams/:team_id/drafts', list)
    .on('DELETE', '/api/v4/users/:user_id/channels/:channel_id/drafts', remove)
    .on('DELETE', '/api/v4/users/:user_id/channels/:channel_id/drafts/:thread_id', remove)
    // The rows may be there, but an unlicensed server does not show them.
    .on('GET', '/api/v4/posts/scheduled/team/:team_id', refuseScheduled)
    .on('POST', '/api/v4/posts/schedule', refuseScheduled)
    .on('PUT', '/api/v4/posts/schedule/:scheduled_post_id', refuseScheduled)
    .on('DELETE', '/api/v4/posts/schedule/:scheduled_post_id', refuseScheduled);
}

function refuseScheduled(): never {
  throw new ApiError(400, 'api.scheduled_posts.license_error', 'Scheduled posts feature requires a license');
}

const draftJson = (row: DraftRow): object => ({
  create_at: row.createat,
  update_at: row.updateat,
  delete_at: row.deleteat,
  user_id: row.userid,
  channel_id: row.channelid,
  root_id: row.rootid,
  message: row.message,
  type: row.type ?? '',
  props: JSON.parse(row.props || '{}') as object,
  metadata: {},
});

async function save(call: Call): Promise<void> {
  const body = await call.json<{ channel_id?: string; root_id?: string; message?: string; props?: object }>();
  if (!isId(body.channel_id)) throw invalidBodyParameter('channel_id');
  await requireMemberChannel(call, body.channel_id);
  const row = await call.app.db.one<DraftRow>(
    `INSERT INTO drafts (createat, updateat, deleteat, userid, channelid, rootid, message, props, fileids, priority, type)
     VALUES ($1, $1, 0, $2, $3, $4, $5, $6, '[]', 'null', '')
     ON CONFLICT (userid, channelid, rootid) DO UPDATE SET updateat = $1, deleteat = 0, message = $5, props = $6
     RETURNING createat, updateat, deleteat, userid, channelid, rootid, message, type, props`,
    [
      Date.now(),
      call.userId,
      body.channel_id,
      body.root_id ?? '',
      String(body.message ?? ''),
      JSON.stringify(body.props ?? {}),
    ],
  );
  if (!row) throw new Error('the draft is gone right after it was saved');
  await publish(call, 'draft_created', draftJson(row));
  return call.created(draftJson(row));
}

async function list(call: Call): Promise<object[]> {
  const rows = await call.app.db.rows<DraftRow>(
    `SELECT d.* FROM drafts d JOIN channels c ON c.id = d.channelid
     WHERE d.userid = $1 AND d.deleteat = 0 AND d.message <> '' AND c.teamid IN ($2, '') ORDER BY d.updateat DESC`,
    [call.ownUser(), call.id('team_id')],
  );
  return rows.map(draftJson);
}

async function remove(call: Call): Promise<object> {
  const rootId = call.params['thread_id'] ?? '';
  const channelId = call.id('channel_id');
  await call.app.db.rows('DELETE FROM drafts WHERE userid = $1 AND channelid = $2 AND rootid = $3', [
    call.ownUser(),
    channelId,
    rootId,
  ]);
  await publish(call, 'draft_deleted', { user_id: call.userId, channel_id: channelId, root_id: rootId });
  return { status: 'OK' };
}

function publish(call: Call, event: string, draft: object): Promise<void> {
  const broadcast = broadcastTo({ user_id: call.userId });
  return call.app.hub.publish({ event, data: { draft: JSON.stringify(draft) }, broadcast });
}
