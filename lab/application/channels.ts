import type { App } from './app.ts';
import { channelNotFound, forbidden } from './http/api-error.ts';
import type { Call } from './http/call.ts';

export interface ChannelRow {
  id: string;
  createat: number;
  updateat: number;
  deleteat: number;
  teamid: string;
  type: 'O' | 'P' | 'D' | 'G';
  displayname: string;
  name: string;
  header: string;
  purpose: string;
  lastpostat: number;
  totalmsgcount: number;
  extraupdateat: number;
  creatorid: string;
  schemeid: string | null;
  groupconstrained: boolean | null;
  shared: boolean | null;
  totalmsgcountroot: number;
  lastrootpostat: number;
  bannerinfo: unknown;
  defaultcategoryname: string;
  autotranslation: boolean;
}

export const CHANNEL_COLUMNS = `c.id, c.createat, c.updateat, c.deleteat, c.teamid, c.type, c.displayname, c.name, c.header,
  c.purpose, c.lastpostat, c.totalmsgcount, c.extraupdateat, c.creatorid, c.schemeid, c.groupconstrained, c.shared,
  c.totalmsgcountroot, c.lastrootpostat, c.bannerinfo, c.defaultcategoryname, c.autotranslation`;

export type ChannelAccess = ChannelRow & { ismember: boolean; inteam: boolean };

/** The channel, if the caller may read it: members, admins, and for open channels the whole team. */
export async function requireReadableChannel(call: Call, channelId: string): Promise<ChannelAccess> {
  const channel = await findAccess(call.app, channelId, call.userId);
  if (!channel) throw channelNotFound();
  const readable = channel.ismember || call.isAdmin || (channel.type === 'O' && channel.inteam);
  if (!readable) throw forbidden();
  return channel;
}

/** The channel, if the caller is one of its members. */
export async function requireMemberChannel(call: Call, channelId: string): Promise<ChannelAccess> {
  const channel = await findAccess(call.app, channelId, call.userId);
  if (!channel) throw forbidden();
  if (!channel.ismember && !call.isAdmin) throw forbidden();
  return channel;
}

function findAccess(app: App, channelId: string, userId: string): Promise<ChannelAccess | undefined> {
  return app.db.one<ChannelAccess>(
    `SELECT ${CHANNEL_COLUMNS},
       EXISTS (SELECT 1 FROM channelmembers m WHERE m.channelid = c.id AND m.userid = $2) AS ismember,
       EXISTS (SELECT 1 FROM teammembers t WHERE t.teamid = c.teamid AND t.userid = $2 AND t.deleteat = 0) AS inteam
     FROM channels c WHERE c.id = $1`,
    [channelId, userId],
  );
}

export function channelJson(channel: ChannelRow): object {
  return {
    id: channel.id,
    create_at: channel.createat,
    update_at: channel.updateat,
    delete_at: channel.deleteat,
    team_id: channel.teamid,
    type: channel.type,
    display_name: channel.displayname,
    name: channel.name,
    header: channel.header,
    purpose: channel.purpose,
    last_post_at: channel.lastpostat,
    total_msg_count: channel.totalmsgcount,
    extra_update_at: channel.extraupdateat,
    creator_id: channel.creatorid,
    scheme_id: channel.schemeid,
    props: null,
    group_constrained: channel.groupconstrained,
    autotranslation: channel.autotranslation,
    shared: channel.shared,
    total_msg_count_root: channel.totalmsgcountroot,
    policy_id: null,
    last_root_post_at: channel.lastrootpostat,
    banner_info: channel.bannerinfo,
    policy_enforced: false,
    policy_is_active: false,
    default_category_name: channel.defaultcategoryname,
  };
}

export interface MemberRow {
  channelid: string;
  userid: string;
  roles: string;
  lastviewedat: number;
  msgcount: number;
  mentioncount: number;
  mentioncountroot: number;
  urgentmentioncount: number;
  msgcountroot: number;
  notifyprops: Record<string, string>;
  lastupdateat: number;
  schemeuser: boolean | null;
  schemeadmin: boolean | null;
  schemeguest: boolean | null;
  autotranslationdisabled: boolean;
}

export const MEMBER_COLUMNS = `m.channelid, m.userid, m.roles, m.lastviewedat, m.msgcount, m.mentioncount,
  m.mentioncountroot, coalesce(m.urgentmentioncount, 0) AS urgentmentioncount, m.msgcountroot, m.notifyprops,
  m.lastupdateat, m.schemeuser, m.schemeadmin, m.schemeguest, m.autotranslationdisabled`;

/** A membership; when someone looked, and what they have not read, is shown to themselves alone. */
export function memberJson(member: MemberRow, viewerId: string): object {
  const own = member.userid === viewerId;
  return {
    channel_id: member.channelid,
    user_id: member.userid,
    roles: schemeRoles('channel', member),
    last_viewed_at: own ? member.lastviewedat : -1,
    msg_count: member.msgcount,
    mention_count: member.mentioncount,
    mention_count_root: member.mentioncountroot,
    urgent_mention_count: member.urgentmentioncount,
    msg_count_root: member.msgcountroot,
    notify_props: member.notifyprops,
    last_update_at: own ? member.lastupdateat : -1,
    scheme_guest: member.schemeguest ?? false,
    scheme_user: member.schemeuser ?? false,
    scheme_admin: member.schemeadmin ?? false,
    explicit_roles: member.roles,
    autotranslation_disabled: member.autotranslationdisabled,
  };
}

/** The roles that a member has through their scheme, then those given by name. */
export function schemeRoles(
  scope: 'channel' | 'team',
  member: Pick<MemberRow, 'roles' | 'schemeguest' | 'schemeuser' | 'schemeadmin'>,
): string {
  const implied = [
    member.schemeguest && `${scope}_guest`,
    member.schemeuser && `${scope}_user`,
    member.schemeadmin && `${scope}_admin`,
  ];
  return [member.roles, ...implied].filter(Boolean).join(' ');
}
