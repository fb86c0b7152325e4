import { addMember } from '../channel-create.ts';
import {
  MEMBER_COLUMNS,
  memberJson,
  requireMemberChannel,
  requireReadableChannel,
  type MemberRow,
} from '../channels.ts';
import { ApiError, invalidBodyParameter } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import type { Router } from '../http/router.ts';
import { isId } from '../ids.ts';
import { broadcastTo } from '../websocket/hub.ts';
import { isTeamMember, requireTeamMember } from './teams.ts';

export function addMemberRoutes(router: Router): void {
  router
    .on('GET', '/api/v4/channels/:channel_id/members', listMembers)
    .on('POST', '/api/v4/channels/:channel_id/members', join)
    .on('POST', '/api/v4/channels/:channel_id/members/ids', membersByIds)
    .on('GET', '/api/v4/channels/:channel_id/members/:user_id', oneMember)
    .on('DELETE', '/api/v4/channels/:channel_id/members/:user_id', leave)
    .on('POST', '/api/v4/channels/members/:user_id/view', view)
    .on('GET', '/api/v4/users/:user_id/channels/:channel_id/unread', unread)
    .on('GET', '/api/v4/users/:user_id/channel_members', allMemberships)
    .on('GET', '/api/v4/users/:user_id/teams/:team_id/channels/members', membershipsInTeam);
}

async function listMembers(call: Call): Promise<object[]> {
  const { id } = await requireReadableChannel(call, call.id('channel_id'));
  const { limit, offset } = call.page();
  const rows = await call.app.db.rows<MemberRow>(
    `SELECT ${MEMBER_COLUMNS} FROM channelmembers m WHERE m.channelid = $1 ORDER BY m.userid LIMIT $2 OFFSET $3`,
    [id, limit, offset],
  );
  return rows.map((row) => memberJson(row, call.userId));
}

async function membersByIds(call: Call): Promise<object[]> {
  const { id } = await requireReadableChannel(call, call.id('channel_id'));
  const rows = await call.app.db.rows<MemberRow>(
    `SELECT ${MEMBER_COLUMNS} FROM channelmembers m WHERE m.channelid = $1 AND m.userid = ANY($2)`,
    [id, await call.idList()],
  );
  return rows.map((row) => memberJson(row, call.userId));
}

async function oneMember(call: Call): Promise<object> {
  const { id } = await requireReadableChannel(call, call.id('channel_id'));
  return memberJson(await requireMember(call, id, call.id('user_id')), call.userId);
}

async function requireMember(call: Call, channelId: string, userId: string): Promise<MemberRow> {
  const row = await call.app.db.one<MemberRow>(
    `SELECT ${MEMBER_COLUMNS} FROM channelmembers m WHERE m.channelid = $1 AND m.userid = $2`,
    [channelId, userId],
  );
  if (!row) {
    throw new ApiError(
      404,
      'app.channel.get_member.missing.app_error',
      'No channel member found for that user ID and channel ID.',
    );
  }
  return row;
}

async function join(call: Call): Promise<void> {
  const channel = await requireReadableChannel(call, call.id('channel_id'));
  const body = await call.json<{ user_id?: string; user_ids?: string[] }>();
  const ids = body.user_ids ?? [body.user_id ?? ''];
  const [first] = ids;
  if (!isId(first) || !ids.every(isId)) throw invalidBodyParameter('user_id');
  for (const userId of ids) {
    if (channel.teamid && !(await isTeamMember(call.app, channel.teamid, userId))) {
      throw new ApiError(403, 'api.channel.add_members.user_denied', 'The user is not a member of the team.');
    }
    await addMember(call.app, channel, userId);
  }
  return call.created(memberJson(await requireMember(call, channel.id, first), call.userId));
}

async function leave(call: Call): Promise<object> {
  const channel = await requireMemberChannel(call, call.id('channel_id'));
  const userId = call.ownUser();
  const now = Date.now();
  await call.app.db.rows('DELETE FROM channelmembers WHERE channelid = $1 AND userid = $2', [
    channel.id,
    userId,
  ]);
  await call.app.db.rows(
    'UPDATE channelmemberhistory SET leavetime = $3 WHERE channelid = $1 AND userid = $2 AND leavetime IS NULL',
    [channel.id, userId, now],
  );
  await call.app.hub.publish({
    event: 'user_removed',
    data: { user_id: userId, remover_id: call.userId },
    broadcast: broadcastTo({ channel_id: channel.id }),
  });
  call.app.hub.forgetMembers(channel.id);
  return { status: 'OK' };
}

/** Marks a channel as read up to its newest message. */
async function view(call: Call): Promise<object> {
  const userId = call.ownUser();
  const { channel_id: channelId, prev_channel_id: previousId } = await call.json<{
    channel_id?: string;
    prev_channel_id?: string;
  }>();
  const ids = [channelId, previousId].filter(isId);
  if (ids.length === 0) return { status: 'OK', last_viewed_at_times: {} };
  const rows = await call.app.db.rows<{ id: string; lastpostat: number }>(
    `UPDATE channelmembers m SET msgcount = c.totalmsgcount, msgcountroot = c.totalmsgcountroot, mentioncount = 0,
       mentioncountroot = 0, urgentmentioncount = 0, lastviewedat = greatest(m.lastviewedat, c.lastpostat),
       lastupdateat = greatest(m.lastupdateat, c.lastpostat)
     FROM channels c WHERE m.channelid = c.id AND m.userid = $1 AND c.id = ANY($2) RETURNING c.id, c.lastpostat`,
    [userId, ids],
  );
  const times = Object.fromEntries(rows.map((row) => [row.id, row.lastpostat]));
  await call.app.statuses.touch(userId);
  await call.app.hub.publish({
    event: 'multiple_channels_viewed',
    data: { channel_times: times },
    broadcast: broadcastTo({ user_id: userId }),
  });
  return { status: 'OK', last_viewed_at_times: times };
}

async function unread(call: Call): Promise<unknown> {
  const { id } = await requireReadableChannel(call, call.id('channel_id'));
  return call.app.db.one(
    `SELECT c.teamid AS team_id, c.id AS channel_id, greatest(c.totalmsgcount - m.msgcount, 0) AS msg_count,
       m.mentioncount AS mention_count, m.mentioncountroot AS mention_count_root, 0 AS urgent_mention_count,
       greatest(c.totalmsgcountroot - m.msgcountroot, 0) AS msg_count_root, m.notifyprops AS notify_props
     FROM channels c JOIN channelmembers m ON m.channelid = c.id WHERE c.id = $1 AND m.userid = $2`,
    [id, call.ownUser()],
  );
}

async function allMemberships(call: Call): Promise<object[]> {
  const rows = await call.app.db.rows<MemberRow>(
    `SELECT ${MEMBER_COLUMNS} FROM channelmembers m WHERE m.userid = $1 ORDER BY m.channelid`,
    [call.ownUser()],
  );
  return rows.map((row) => memberJson(row, call.userId));
}

async function membershipsInTeam(call: Call): Promise<object[]> {
  const teamId = call.id('team_id');
  await requireTeamMember(call, teamId);
  const rows = await call.app.db.rows<MemberRow>(
    `SELECT ${MEMBER_COLUMNS} FROM channelmembers m JOIN channels c ON c.id = m.channelid
     WHERE m.userid = $1 AND c.deleteat = 0 AND c.teamid IN ($2, '')`,
    [call.ownUser(), teamId],
  );
  return rows.map((row) => memberJson(row, call.userId));
}
