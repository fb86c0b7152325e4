import { createHash } from 'node:crypto';
import type { SiteChannel, SiteTeam } from '../site-record.ts';
import type { Row } from './insert-rows.ts';
import type { Person } from './people.ts';
import { createRandom } from './random.ts';

const DAY = 86_400_000;

export interface Team extends SiteTeam {
  readonly open: boolean;
  readonly members: readonly Person[];
}

export interface Channel extends SiteChannel {
  readonly header: string;
  readonly purpose: string;
  readonly createdAt: number;
  /** Milliseconds; 0 while it is in use. */
  readonly archivedAt: number;
  readonly creatorId: string;
  readonly members: readonly Person[];
  /** How busy it is, against the others. */
  readonly weight: number;
}

/** Type, name, display name, share of the team that belongs to it, weight, purpose. */
const CHANNELS: Readonly<Record<string, string>> = {
  response: `
    O|town-square|Town Square|1|4|
    O|off-topic|Off-Topic|1|6|Everything that can wait
    O|incident-bridge|Incident bridge|0.9|14|The one place for a running incident
    O|status-updates|Status updates|0.8|7|Every change of state, one message each
    O|runbooks|Runbooks|0.6|4|What to do, and what we learned doing it
    O|post-mortems|Post-mortems|0.5|3|No blame, all facts
    O|alerts|Alerts|0.6|9|From watchtower
    P|canary|Canary|0.2|0|Numbered messages. Do not write here
    P|forensics|Forensics|0.3|5|Evidence is listed here before it is moved
    P|vendor-escalation|Vendor escalation|0.3|4|Who we called, and what they promised
    O|spring-flood|Spring flood|0.7|6|Archived when the water went down`,
  field: `
    O|town-square|Town Square|1|3|
    O|off-topic|Off-Topic|1|2|
    O|radio-room|Radio room|0.8|6|Call signs and frequencies
    O|logistics|Logistics|0.7|5|Fuel, food, beds, boats
    P|night-shift|Night shift|0.4|5|Handover at six
    P|translators|Translators|0.4|3|عربى · עברית · 日本語 · русский`,
  leadership: `
    O|town-square|Town Square|1|2|
    O|off-topic|Off-Topic|1|1|
    O|budget|Budget|0.8|2|
    P|decisions|Decisions|0.7|3|One message for each decision, with its reason
    P|press|Press|0.6|2|What we say, and when`,
};

const DIRECT_PAIRS = 16;
const GROUPS = 4;

/** Three teams. Everyone is in the first; guests are in no other. */
export function foundTeams(seed: number, people: readonly Person[]): Team[] {
  const random = createRandom(seed, 'teams');
  const staff = people.filter(({ guest, bot }) => !guest && !bot);
  const share = (part: number): Person[] => staff.filter((_, index) => index === 0 || random.chance(part));
  return [
    { id: random.id(), name: 'response', displayName: 'Incident response', open: true, members: people },
    { id: random.id(), name: 'field', displayName: 'Field teams', open: false, members: share(0.55) },
    { id: random.id(), name: 'leadership', displayName: 'Leadership', open: false, members: share(0.3) },
  ];
}

/** Channels of every type, direct and group messages among them. */
export function openChannels(seed: number, teams: readonly Team[], startedAt: number): Channel[] {
  const random = createRandom(seed, 'channels');
  const channels = teams.flatMap((team) => {
    const lines = (CHANNELS[team.name] ?? '').trim().split('\n');
    return lines.map((line, index): Channel => {
      const [type, name = '', displayName = '', share, weight, purpose = ''] = line.trim().split('|');
      const [creator] = team.members;
      const members = team.members.filter((person) => {
        if (person.guest) return name === 'incident-bridge';
        if (person === creator || Number(share) === 1) return true;
        if (name === 'canary') return person.username === 'canary-writer' || person.username === 'breakglass';
        if (person.bot)
          return name === 'incident-bridge' || (name === 'alerts' && person.username === 'watchtower');
        return random.chance(Number(share));
      });
      const archived = name === 'spring-flood';
      return {
        id: random.id(),
        teamId: team.id,
        type: type as Channel['type'],
        name,
        displayName,
        header: purpose && `${displayName}: ${purpose.toLowerCase()}`,
        purpose,
        createdAt: startedAt + 3_600_000 + index * 60_000,
        archived,
        archivedAt: archived ? startedAt + 190 * DAY : 0,
        creatorId: creator?.id ?? '',
        members,
        memberIds: members.map(({ id }) => id),
        weight: Number(weight),
      };
    });
  });
  const staff = (teams[0]?.members ?? []).filter(({ bot, guest }) => !bot && !guest);
  const privately = (type: 'D' | 'G', members: readonly Person[], index: number): Channel => ({
    id: random.id(),
    teamId: '',
    type,
    name: type === 'D' ? directName(members) : groupName(members),
    displayName: type === 'D' ? '' : groupTitle(members),
    header: '',
    purpose: '',
    createdAt: startedAt + 7_200_000 + index * 60_000,
    archived: false,
    archivedAt: 0,
    creatorId: type === 'D' ? (members[0]?.id ?? '') : '',
    members,
    memberIds: members.map(({ id }) => id),
    weight: type === 'D' ? 0.8 : 1.2,
  });
  const pairs = Array.from({ length: DIRECT_PAIRS }, () => random.sample(staff, 2));
  const groups = Array.from({ length: GROUPS }, () => random.sample(staff, random.between(3, 6)));
  const direct = distinct(pairs, directName).map((members, index) => privately('D', members, index));
  const group = distinct(groups, groupName).map((members, index) => privately('G', members, index));
  return [...channels, ...direct, ...group];
}

export function requireChannel(channels: readonly Channel[], name: string): Channel {
  const channel = channels.find((one) => one.name === name);
  if (channel === undefined) throw new TypeError(`the seed has no channel ${name}`);
  return channel;
}

export function teamRows(teams: readonly Team[], seed: number, startedAt: number, email: string): Row[] {
  const random = createRandom(seed, 'team rows');
  return teams.map(({ id, name, displayName, open }, index) => ({
    id,
    createat: startedAt,
    updateat: startedAt,
    deleteat: 0,
    displayname: displayName,
    name,
    description: `${displayName} of Lantern`,
    email,
    type: open ? 'O' : 'I',
    companyname: '',
    alloweddomains: '',
    inviteid: random.id(),
    schemeid: null,
    allowopeninvite: open,
    lastteamiconupdate: index === 0 ? startedAt + 60_000 : 0,
    groupconstrained: null,
    cloudlimitsarchived: false,
  }));
}

export function teamMemberRows(teams: readonly Team[], startedAt: number): Row[] {
  return teams.flatMap(({ id, members }) =>
    members.map((person, index) => ({
      teamid: id,
      userid: person.id,
      roles: '',
      // Who is deactivated stays a member.
      deleteat: 0,
      schemeuser: !person.guest,
      schemeadmin: index === 0,
      schemeguest: person.guest,
      createat: startedAt + 1_800_000,
    })),
  );
}

function directName(members: readonly Person[]): string {
  return sortedIds(members).join('__');
}

/** Mattermost names a group message by the SHA-1 of its members' ids in order. */
function groupName(members: readonly Person[]): string {
  return createHash('sha1').update(sortedIds(members).join('')).digest('hex');
}

/** Cut to what the column holds, as Mattermost does. */
function groupTitle(members: readonly Person[]): string {
  const names = members.map(({ username }) => username).toSorted();
  return names.join(', ').slice(0, 64);
}

function sortedIds(members: readonly Person[]): string[] {
  return members.map(({ id }) => id).toSorted();
}

function distinct(sets: readonly Person[][], nameOf: (members: readonly Person[]) => string): Person[][] {
  return [...new Map(sets.map((members) => [nameOf(members), members])).values()];
}
