import { create, openDirectChannel, openGroupChannel } from '../channel-create.ts';
import { CHANNEL_COLUMNS, channelJson, requireReadableChannel, type ChannelRow } from '../channels.ts';
import { ApiError, channelNotFound, forbidden, invalidBodyParameter } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import type { Router } from '../http/router.ts';
import { isId } from '../ids.ts';
import { assemble } from '../posts/lists.ts';
import { SELECT_POSTS, type PostRow } from '../posts/post.ts';
import { broadcastTo } from '../websocket/hub.ts';
import { requireTeamMember } from './teams.ts';

export function addChannelRoutes(router: Router): void {
  router
    .on('POST', '/api/v4/channels', createChannel)
    .on('POST', '/api/v4/channels/direct', openDirect)
    .on('POST', '/api/v4/channels/group', openGroup)
    .on('GET', '/api/v4/channels/:channel_id', async (call) =>
      channelJson(await requireReadableChannel(call, call.id('channel_id'))),
    )
    .on('DELETE', '/api/v4/channels/:channel_id', archiveChannel)
    .on('GET', '/api/v4/channels/:channel_id/stats', channelStats)
    .on('GET', '/api/v4/channels/:channel_id/pinned', pinned)
    .on('GET', '/api/v4/channels/:channel_id/bookmarks', () => [])
    .on('GET', '/api/v4/channels/:channel_id/timezones', () => [])
    .on('GET', '/api/v4/channels/:channel_id/moderations', () => [])
    .on('GET', '/api/v4/channels/:channel_id/member_counts_by_group', () => [])
    .on('GET', '/api/v4/teams/:team_id/channels', publicChannels)
    .on('POST', '/api/v4/teams/:team_id/channels/search', searchChannels)
    .on('GET', '/api/v4/teams/:team_id/channels/name/:channel_name', channelByName)
    .on('GET', '/api/v4/teams/name/:team_name/channels/name/:channel_name', channelByNames)
    .on('GET', '/api/v4/users/:user_id/channels', channelsOfUser)
    .on('GET', '/api/v4/users/:user_id/teams/:team_id/channels', channelsOfUserInTeam);
}

async function createChannel(call: Call): Promise<void> {
  const body = await call.json<Record<string, string>>();
  const { team_id: teamId, name = '', display_name: displayName = name, type } = body;
  if (!isId(teamId)) throw invalidBodyParameter('team_id');
  if (type !== 'O' && type !== 'P') throw invalidBodyParameter('type');
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(name)) throw invalidBodyParameter('name');
  await requireTeamMember(call, teamId);
  const exists = await call.app.db.one('SELECT 1 FROM channels WHERE teamid = $1 AND name = $2', [
    teamId,
    name,
  ]);
  if (exists) {
    throw new ApiError(
      400,
      'store.sql_channel.save_channel.exists.app_error',
      'A channel with that name already exists on the same team.',
    );
  }
  const channel = await create(call.app, {
    type,
    name,
    displayName,
    teamId,
    creatorId: call.userId,
    userIds: [call.userId],
    header: body['header'] ?? '',
    purpose: body['purpose'] ?? '',
  });
  return call.created(channelJson(channel));
}

async function openDirect(call: Call): Promise<void> {
  const [first, second, ...rest] = await call.idList();
  if (!first || !second || rest.length > 0) throw invalidBodyParameter('user_ids');
  if (!call.isAdmin && first !== call.userId && second !== call.userId) throw forbidden();
  const users = await call.app.db.rows('SELECT id FROM users WHERE id = ANY($1)', [[first, second]]);
  if (users.length < new Set([first, second]).size) throw invalidBodyParameter('user_ids');
  return call.created(channelJson(await openDirectChannel(call.app, [first, second], call.userId)));
}

async function openGroup(call: Call): Promise<void> {
  const users = [...new Set([...(await call.idList()), call.userId])];
  if (users.length < 3 || users.length > 8) throw invalidBodyParameter('user_ids');
  return call.created(channelJson(await openGroupChannel(call.app, users, call.userId)));
}

async function archiveChannel(call: Call): Promise<object> {
  const channel = await requireReadableChannel(call, call.id('channel_id'));
  if (channel.type === 'D' || channel.type === 'G' || channel.name === 'town-square') throw forbidden();
  if (!call.isAdmin && channel.creatorid !== call.userId) throw forbidden();
  const now = Date.now();
  await call.app.db.rows('UPDATE channels SET deleteat = $2, updateat = $2 WHERE id = $1', [channel.id, now]);
  await call.app.db.rows('UPDATE publicchannels SET deleteat = $2 WHERE id = $1', [channel.id, now]);
  await call.app.hub.publish({
    event: 'channel_deleted',
    data: { channel_id: channel.id, delete_at: now },
    broadcast: broadcastTo({ channel_id: channel.id }),
  });
  return { status: 'OK' };
}

async function channelStats(call: Call): Promise<object> {
  const { id } = await requireReadableChannel(call, call.id('channel_id'));
  const row = await call.app.db.one<Record<string, number>>(
    `SELECT count(*) AS members, count(*) FILTER (WHERE m.schemeguest) AS guests,
       (SELECT count(*) FROM posts p WHERE p.channelid = $1 AND p.ispinned AND p.deleteat = 0) AS pinned,
       (SELECT count(*) FROM fileinfo f WHERE f.channelid = $1 AND f.deleteat = 0 AND f.postid <> '') AS files
     FROM channelmembers m JOIN users u ON u.id = m.userid AND u.deleteat = 0 WHERE m.channelid = $1`,
    [id],
  );
  return {
    channel_id: id,
    member_count: row?.['members'] ?? 0,
    guest_count: row?.['guests'] ?? 0,
    pinnedpost_count: row?.['pinned'] ?? 0,
    files_count: row?.['files'] ?? 0,
  };
}

async function pinned(call: Call): Promise<object> {
  const { id } = await requireReadableChannel(call, call.id('channel_id'));
  const rows = await call.app.db.rows<PostRow>(
    `${SELECT_POSTS} WHERE p.channelid = $1 AND p.ispinned AND p.deleteat = 0 ORDER BY p.createat DESC`,
    [id],
  );
  return assemble(call.app, rows, { context: 'none' });
}

async function publicChannels(call: Call): Promise<object[]> {
  const teamId = call.id('team_id');
  await requireTeamMember(call, teamId);
  const { limit, offset } = call.page();
  const rows = await call.app.db.rows<ChannelRow>(
    `SELECT ${CHANNEL_COLUMNS} FROM channels c WHERE c.teamid = $1 AND c.type = 'O' AND c.deleteat = 0
     ORDER BY c.displayname LIMIT $2 OFFSET $3`,
    [teamId, limit, offset],
  );
  return rows.map(channelJson);
}

async function searchChannels(call: Call): Promise<object[]> {
  const teamId = call.id('team_id');
  await requireTeamMember(call, teamId);
  const { term = '' } = await call.json<{ term?: string }>();
  const rows = await call.app.db.planned<ChannelRow>(
    `SELECT ${CHANNEL_COLUMNS} FROM channels c WHERE c.teamid = $1 AND c.deleteat = 0
       AND (c.type = 'O' OR EXISTS (SELECT 1 FROM channelmembers m WHERE m.channelid = c.id AND m.userid = $2))
       AND (lower(c.displayname) LIKE $3 OR c.name LIKE $3) ORDER BY c.displayname LIMIT 50`,
    [
      teamId,
      call.userId,
      `%${String(term)
        .toLowerCase()
        .replace(/[%_\\]/g, '\\$&')}%`,
    ],
  );
  return rows.map(channelJson);
}

async function channelByName(call: Call): Promise<object> {
  return findByName(call, 'c.teamid = $1', call.id('team_id'));
}

async function channelByNames(call: Call): Promise<object> {
  return findByName(
    call,
    'c.teamid = (SELECT id FROM teams WHERE name = $1)',
    call.params['team_name'] ?? '',
  );
}

/** Direct channels have no team, so that their names are found from any. */
async function findByName(call: Call, inTeam: string, team: string): Promise<object> {
  const row = await call.app.db.one<{ id: string }>(
    `SELECT c.id FROM channels c WHERE (${inTeam} OR c.teamid = '') AND c.name = $2 AND c.deleteat = 0`,
    [team, call.params['channel_name'] ?? ''],
  );
  if (!row) throw channelNotFound();
  return channelJson(await requireReadableChannel(call, row.id));
}

async function channelsOfUser(call: Call): Promise<object[]> {
  const rows = await call.app.db.rows<ChannelRow>(
    `SELECT ${CHANNEL_COLUMNS} FROM channels c JOIN channelmembers m ON m.channelid = c.id AND m.userid = $1
     WHERE c.deleteat = 0 ORDER BY c.displayname, c.id`,
    [call.ownUser()],
  );
  return rows.map(channelJson);
}

async function channelsOfUserInTeam(call: Call): Promise<object[]> {
  const teamId = call.id('team_id');
  await requireTeamMember(call, teamId);
  const rows = await call.app.db.rows<ChannelRow>(
    `SELECT ${CHANNEL_COLUMNS} FROM channels c JOIN channelmembers m ON m.channelid = c.id AND m.userid = $1
     WHERE c.deleteat = 0 AND c.teamid IN ($2, '') ORDER BY c.displayname, c.id`,
    [call.ownUser(), teamId],
  );
  return rows.map(channelJson);
}
