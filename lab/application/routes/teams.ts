import type { App } from '../app.ts';
import { schemeRoles } from '../channels.ts';
import { addMember, create } from '../channel-create.ts';
import { CHANNEL_COLUMNS, type ChannelRow } from '../channels.ts';
import { ApiError, forbidden, invalidBodyParameter, teamNotFound } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import type { Router } from '../http/router.ts';
import { isId, newId } from '../ids.ts';
import { broadcastTo } from '../websocket/hub.ts';

export interface TeamRow {
  id: string;
  createat: number;
  updateat: number;
  deleteat: number;
  displayname: string;
  name: string;
  description: string;
  email: string;
  type: string;
  companyname: string;
  alloweddomains: string;
  inviteid: string;
  allowopeninvite: boolean;
  lastteamiconupdate: number;
  schemeid: string | null;
  groupconstrained: boolean | null;
  cloudlimitsarchived: boolean;
}

interface TeamMemberRow {
  teamid: string;
  userid: string;
  roles: string;
  deleteat: number;
  schemeguest: boolean | null;
  schemeuser: boolean | null;
  schemeadmin: boolean | null;
}

const SELECT_TEAMS = `SELECT t.id, t.createat, t.updateat, t.deleteat, t.displayname, t.name, t.description, t.email, t.type,
  t.companyname, t.alloweddomains, t.inviteid, t.allowopeninvite, t.lastteamiconupdate, t.schemeid, t.groupconstrained,
  t.cloudlimitsarchived FROM teams t`;

export function addTeamRoutes(router: Router): void {
  router
    .on('GET', '/api/v4/teams', listTeams)
    .on('POST', '/api/v4/teams', createTeam)
    .on('GET', '/api/v4/teams/name/:team_name', teamByName)
    .on('GET', '/api/v4/teams/:team_id', async (call) =>
      teamJson(await requireVisibleTeam(call, 'id', call.id('team_id'))),
    )
    .on('GET', '/api/v4/teams/:team_id/stats', teamStats)
    .on('GET', '/api/v4/teams/:team_id/members', teamMembers)
    .on('POST', '/api/v4/teams/:team_id/members', joinTeam)
    .on('GET', '/api/v4/teams/:team_id/members/:user_id', teamMember)
    .on('GET', '/api/v4/users/:user_id/teams', teamsOfUser)
    .on('GET', '/api/v4/users/:user_id/teams/members', membershipsOfUser)
    .on('GET', '/api/v4/users/:user_id/teams/unread', teamsUnread)
    .on('GET', '/api/v4/users/:user_id/teams/:team_id/unread', teamUnread);
}

function teamJson(team: TeamRow): object {
  return {
    id: team.id,
    create_at: team.createat,
    update_at: team.updateat,
    delete_at: team.deleteat,
    display_name: team.displayname,
    name: team.name,
    description: team.description,
    email: '',
    type: team.type,
    company_name: team.companyname,
    allowed_domains: team.alloweddomains,
    invite_id: team.inviteid,
    allow_open_invite: team.allowopeninvite,
    ...(team.lastteamiconupdate > 0 && { last_team_icon_update: team.lastteamiconupdate }),
    scheme_id: team.schemeid || null,
    group_constrained: team.groupconstrained,
    policy_id: null,
    cloud_limits_archived: team.cloudlimitsarchived,
  };
}

const teamMemberJson = (member: TeamMemberRow): object => ({
  team_id: member.teamid,
  user_id: member.userid,
  roles: schemeRoles('team', member),
  delete_at: member.deleteat,
  scheme_guest: member.schemeguest ?? false,
  scheme_user: member.schemeuser ?? false,
  scheme_admin: member.schemeadmin ?? false,
  explicit_roles: member.roles,
});

async function requireVisibleTeam(call: Call, by: 'id' | 'name', value: string): Promise<TeamRow> {
  const team = await call.app.db.one<TeamRow>(`${SELECT_TEAMS} WHERE t.${by} = $1`, [value]);
  if (!team) throw teamNotFound();
  if (!call.isAdmin && !team.allowopeninvite && !(await isTeamMember(call.app, team.id, call.userId)))
    throw forbidden();
  return team;
}

export async function isTeamMember(app: App, teamId: string, userId: string): Promise<boolean> {
  const sql = 'SELECT 1 FROM teammembers WHERE teamid = $1 AND userid = $2 AND deleteat = 0';
  return (await app.db.one(sql, [teamId, userId])) !== undefined;
}

export async function requireTeamMember(call: Call, teamId: string): Promise<void> {
  if (!call.isAdmin && !(await isTeamMember(call.app, teamId, call.userId))) throw forbidden();
}

async function listTeams(call: Call): Promise<object[]> {
  const { limit, offset } = call.page();
  const teams = await call.app.db.rows<TeamRow>(
    `${SELECT_TEAMS} WHERE t.deleteat = 0 AND ($1 OR t.allowopeninvite) ORDER BY t.displayname LIMIT $2 OFFSET $3`,
    [call.isAdmin, limit, offset],
  );
  return teams.map(teamJson);
}

async function teamByName(call: Call): Promise<object> {
  return teamJson(await requireVisibleTeam(call, 'name', call.params['team_name'] ?? ''));
}

async function teamStats(call: Call): Promise<object | undefined> {
  const teamId = call.id('team_id');
  await requireTeamMember(call, teamId);
  return call.app.db.one(
    `SELECT $1::text AS team_id, count(*) AS total_member_count, count(*) FILTER (WHERE u.deleteat = 0) AS active_member_count
     FROM teammembers m JOIN users u ON u.id = m.userid WHERE m.teamid = $1 AND m.deleteat = 0`,
    [teamId],
  );
}

async function teamMembers(call: Call): Promise<object[]> {
  const teamId = call.id('team_id');
  await requireTeamMember(call, teamId);
  const { limit, offset } = call.page();
  const rows = await call.app.db.rows<TeamMemberRow>(
    'SELECT * FROM teammembers WHERE teamid = $1 AND deleteat = 0 ORDER BY userid LIMIT $2 OFFSET $3',
    [teamId, limit, offset],
  );
  return rows.map(teamMemberJson);
}

async function teamMember(call: Call): Promise<object> {
  const teamId = call.id('team_id');
  await requireTeamMember(call, teamId);
  const row = await findMember(call.app, teamId, call.id('user_id'));
  if (!row)
    throw new ApiError(
      404,
      'app.team.get_member.missing.app_error',
      'No team member found for that user ID and team ID.',
    );
  return teamMemberJson(row);
}

const findMember = (app: App, teamId: string, userId: string): Promise<TeamMemberRow | undefined> =>
  app.db.one<TeamMemberRow>('SELECT * FROM teammembers WHERE teamid = $1 AND userid = $2', [teamId, userId]);

async function teamsOfUser(call: Call): Promise<object[]> {
  const teams = await call.app.db.rows<TeamRow>(
    `${SELECT_TEAMS} JOIN teammembers m ON m.teamid = t.id AND m.userid = $1 AND m.deleteat = 0
     WHERE t.deleteat = 0 ORDER BY t.displayname`,
    [call.ownUser()],
  );
  return teams.map(teamJson);
}

async function membershipsOfUser(call: Call): Promise<object[]> {
  const rows = await call.app.db.rows<TeamMemberRow>(
    'SELECT * FROM teammembers WHERE userid = $1 AND deleteat = 0',
    [call.ownUser()],
  );
  return rows.map(teamMemberJson);
}

const SELECT_UNREAD = `SELECT t.id AS team_id, coalesce(sum(greatest(c.totalmsgcount - m.msgcount, 0)), 0)::int AS msg_count,
  coalesce(sum(m.mentioncount), 0)::int AS mention_count, coalesce(sum(greatest(c.totalmsgcountroot - m.msgcountroot, 0)), 0)::int AS msg_count_root,
  coalesce(sum(m.mentioncountroot), 0)::int AS mention_count_root, 0 AS thread_count, 0 AS thread_mention_count, 0 AS thread_urgent_mention_count
  FROM teammembers tm JOIN teams t ON t.id = tm.teamid AND t.deleteat = 0 LEFT JOIN channels c ON c.teamid = t.id AND c.deleteat = 0
  LEFT JOIN channelmembers m ON m.channelid = c.id AND m.userid = tm.userid
  WHERE tm.userid = $1 AND tm.deleteat = 0`;

function teamsUnread(call: Call): Promise<unknown[]> {
  return call.app.db.rows(`${SELECT_UNREAD} GROUP BY t.id`, [call.ownUser()]);
}

function teamUnread(call: Call): Promise<unknown> {
  return call.app.db.one(`${SELECT_UNREAD} AND t.id = $2 GROUP BY t.id`, [
    call.ownUser(),
    call.id('team_id'),
  ]);
}

async function createTeam(call: Call): Promise<void> {
  const { app, userId } = call;
  const body = await call.json<{
    name?: string;
    display_name?: string;
    type?: string;
    description?: string;
  }>();
  const name = String(body.name ?? '');
  if (!/^[a-z0-9][a-z0-9-]{1,63}$/.test(name)) throw invalidBodyParameter('name');
  const id = newId();
  const now = Date.now();
  const added = await app.db.rows(
    `INSERT INTO teams (id, createat, updateat, deleteat, displayname, name, description, email, type, companyname,
       alloweddomains, inviteid, allowopeninvite, lastteamiconupdate, cloudlimitsarchived)
     VALUES ($1, $2, $2, 0, $3, $4, $5, '', $6, '', '', $7, false, 0, false) ON CONFLICT DO NOTHING RETURNING id`,
    [
      id,
      now,
      String(body.display_name ?? name),
      name,
      String(body.description ?? ''),
      body.type === 'O' ? 'O' : 'I',
      newId(),
    ],
  );
  if (added.length === 0)
    throw new ApiError(400, 'app.team.save.existing.app_error', 'A team with that name already exists.');
  for (const [channel, displayName] of [
    ['town-square', 'Town Square'],
    ['off-topic', 'Off-Topic'],
  ] as const) {
    await create(app, { type: 'O', name: channel, displayName, creatorId: '', userIds: [], teamId: id });
  }
  await addTeamMember(app, id, userId, true);
  const team = await app.db.one<TeamRow>(`${SELECT_TEAMS} WHERE t.id = $1`, [id]);
  if (team) call.created(teamJson(team));
}

async function joinTeam(call: Call): Promise<void> {
  const teamId = call.id('team_id');
  const team = await call.app.db.one<TeamRow>(`${SELECT_TEAMS} WHERE t.id = $1 AND t.deleteat = 0`, [teamId]);
  if (!team) throw teamNotFound();
  const { user_id: userId } = await call.json<{ user_id?: string }>();
  if (!isId(userId)) throw invalidBodyParameter('user_id');
  const isOwnJoin = userId === call.userId && team.allowopeninvite;
  if (!call.isAdmin && !isOwnJoin && !(await isTeamMember(call.app, teamId, call.userId))) throw forbidden();
  const { MaxUsersPerTeam } = call.app.settings.TeamSettings;
  const count = await call.app.db.one<{ n: number }>(
    'SELECT count(*) AS n FROM teammembers WHERE teamid = $1 AND deleteat = 0',
    [teamId],
  );
  if ((count?.n ?? 0) >= MaxUsersPerTeam) {
    throw new ApiError(
      400,
      'app.team.join_user_to_team.max_accounts.app_error',
      'This team has reached the maximum number of allowed accounts.',
    );
  }
  await addTeamMember(call.app, teamId, userId, false);
  const member = await findMember(call.app, teamId, userId);
  if (member) call.created(teamMemberJson(member));
}

/** A team's newcomers are put into its two default channels and get their sidebar. */
async function addTeamMember(app: App, teamId: string, userId: string, isAdmin: boolean): Promise<void> {
  await app.db.rows(
    `INSERT INTO teammembers (teamid, userid, roles, deleteat, schemeuser, schemeadmin, schemeguest, createat)
     VALUES ($1, $2, '', 0, true, $3, false, $4) ON CONFLICT (teamid, userid) DO UPDATE SET deleteat = 0`,
    [teamId, userId, isAdmin, Date.now()],
  );
  app.hub.forgetMembers(teamId);
  const defaults = await app.db.rows<ChannelRow>(
    `SELECT ${CHANNEL_COLUMNS} FROM channels c WHERE c.teamid = $1 AND c.name IN ('town-square', 'off-topic') AND c.deleteat = 0`,
    [teamId],
  );
  for (const channel of defaults) await addMember(app, channel, userId);
  await app.hub.publish({
    event: 'added_to_team',
    data: { team_id: teamId, user_id: userId },
    broadcast: broadcastTo({ user_id: userId }),
  });
}
