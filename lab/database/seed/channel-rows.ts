import type { Client } from 'pg';
import type { Message } from './conversation.ts';
import { insertRows, type Row } from './insert-rows.ts';
import type { Person } from './people.ts';
import type { Channel, Team } from './places.ts';
import { createRandom, type Random } from './random.ts';

/** Writes channels with the counters that their messages make, who is in them, and how far each has read. */
export async function writeChannels(
  client: Client,
  seed: number,
  channels: readonly Channel[],
  messages: readonly Message[],
): Promise<void> {
  const random = createRandom(seed, 'memberships');
  const said = new Map<string, Message[]>(channels.map(({ id }) => [id, []]));
  for (const message of messages) said.get(message.channel.id)?.push(message);

  await insertRows(
    client,
    'channels',
    channels.map((channel) => channelRow(channel, said.get(channel.id) ?? [])),
  );
  await insertRows(
    client,
    'publicchannels',
    channels.filter(({ type }) => type === 'O').map(publicChannelRow),
  );
  const memberships = channels.flatMap((channel) => {
    const counted = (said.get(channel.id) ?? []).filter(isCounted);
    return channel.members.map((person) => membershipRow(random, channel, person, counted));
  });
  await insertRows(client, 'channelmembers', memberships);
  await insertRows(client, 'channelmemberhistory', channels.flatMap(historyRows));
}

/** Mattermost's counters leave out who came and went, and never fall when a message is deleted. */
function isCounted({ type }: Message): boolean {
  return type === '';
}

function channelRow(channel: Channel, messages: readonly Message[]): Row {
  const counted = messages.filter(isCounted);
  const roots = counted.filter(({ rootId }) => rootId === '');
  return {
    id: channel.id,
    createat: channel.createdAt,
    updateat: Math.max(channel.createdAt, channel.archivedAt),
    deleteat: channel.archivedAt,
    teamid: channel.teamId,
    type: channel.type,
    displayname: channel.displayName,
    name: channel.name,
    header: channel.header,
    purpose: channel.purpose,
    lastpostat: messages.at(-1)?.createdAt ?? 0,
    totalmsgcount: counted.length,
    extraupdateat: 0,
    creatorid: channel.creatorId,
    schemeid: null,
    groupconstrained: null,
    shared: channel.name === 'vendor-escalation',
    totalmsgcountroot: roots.length,
    lastrootpostat: messages.findLast(({ rootId }) => rootId === '')?.createdAt ?? 0,
    bannerinfo: null,
    defaultcategoryname: '',
    autotranslation: false,
  };
}

function publicChannelRow({ id, archivedAt, teamId, displayName, name, header, purpose }: Channel): Row {
  return { id, deleteat: archivedAt, teamid: teamId, displayname: displayName, name, header, purpose };
}

function membershipRow(random: Random, channel: Channel, person: Person, counted: readonly Message[]): Row {
  // Most are up to date; some have a few messages still to read.
  const unread = random.chance(0.3) ? counted.slice(-random.between(1, 25)) : [];
  const read = counted.length - unread.length;
  const callsMe = unread.filter(({ mentions }) => mentions.includes(person.username));
  const viewedAt = counted[read - 1]?.createdAt ?? channel.createdAt;
  return {
    channelid: channel.id,
    userid: person.id,
    roles: '',
    lastviewedat: viewedAt,
    msgcount: read,
    mentioncount: callsMe.length,
    notifyprops: {
      desktop: 'default',
      email: 'default',
      push: 'default',
      mark_unread: 'all',
      ignore_channel_mentions: 'default',
      channel_auto_follow_threads: 'off',
    },
    lastupdateat: viewedAt,
    schemeuser: !person.guest,
    schemeadmin: person.id === channel.creatorId && channel.teamId !== '',
    schemeguest: person.guest,
    mentioncountroot: callsMe.filter(({ rootId }) => rootId === '').length,
    msgcountroot: counted.slice(0, read).filter(({ rootId }) => rootId === '').length,
    urgentmentioncount: 0,
    autotranslation: false,
    autotranslationdisabled: false,
  };
}

function historyRows({ id, members, createdAt }: Channel): Row[] {
  return members.map((person) => ({
    channelid: id,
    userid: person.id,
    jointime: createdAt,
    leavetime: null,
  }));
}

/** Writes each member's sidebar: the three categories that everyone has, and one of their own for the first. */
export async function writeSidebars(
  client: Client,
  seed: number,
  teams: readonly Team[],
  channels: readonly Channel[],
): Promise<void> {
  const random = createRandom(seed, 'sidebars');
  const usual = [
    { type: 'favorites', displayname: 'Favorites', sorting: '', sortorder: 0 },
    { type: 'channels', displayname: 'Channels', sorting: '', sortorder: 10 },
    { type: 'direct_messages', displayname: 'Direct Messages', sorting: 'recent', sortorder: 20 },
  ];
  const rows = teams.flatMap(({ id: teamid, members }) =>
    members.flatMap(({ id: userid }) =>
      usual.map((category) => ({
        id: `${category.type}_${userid}_${teamid}`,
        userid,
        teamid,
        ...category,
        muted: false,
        collapsed: false,
      })),
    ),
  );
  const [team] = teams;
  const [owner] = team?.members ?? [];
  if (team === undefined || owner === undefined) return;
  const own = {
    type: 'custom',
    displayname: 'On call',
    sorting: 'manual',
    sortorder: 5,
    muted: false,
    collapsed: false,
  };
  const id = random.id();
  await insertRows(client, 'sidebarcategories', [...rows, { id, userid: owner.id, teamid: team.id, ...own }]);
  const onCall = channels.filter(({ name }) => ['incident-bridge', 'alerts', 'canary'].includes(name));
  const placed = onCall.map((channel, index) => ({
    channelid: channel.id,
    userid: owner.id,
    categoryid: id,
    sortorder: index * 10,
  }));
  await insertRows(client, 'sidebarchannels', placed);
}
