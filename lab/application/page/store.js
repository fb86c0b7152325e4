import { get, post } from './api.js';

/** What the page knows. Posts of the open channel are in `posts`, their order, oldest first, in `order`. */
export const store = {
  config: {},
  me: undefined,
  teams: [],
  team: undefined,
  channels: [],
  members: new Map(),
  channel: undefined,
  posts: new Map(),
  order: [],
  hasOlder: false,
  hasNewer: false,
  thread: undefined,
  users: new Map(),
  emojis: new Map(),
};

const wanted = new Set();

/** Fetches the profiles that are not known yet. */
export async function loadUsers(ids) {
  const missing = [...new Set(ids)].filter((id) => id && !store.users.has(id) && !wanted.has(id));
  if (missing.length === 0) return;
  for (const id of missing) wanted.add(id);
  for (const user of await post('/users/ids', missing)) store.users.set(user.id, user);
}

export function userName(id) {
  return store.users.get(id)?.username ?? 'someone';
}

/** The other person of a direct channel; oneself in a channel with oneself. */
function teammateId(channel) {
  const ids = channel.name.split('__');
  return ids.find((id) => id !== store.me.id) ?? store.me.id;
}

export function channelTitle(channel) {
  return channel.type === 'D' ? userName(teammateId(channel)) : channel.display_name;
}

export function channelPath(channel) {
  const { name } = store.team;
  if (channel.type === 'D') return `/${name}/messages/@${userName(teammateId(channel))}`;
  return channel.type === 'G' ? `/${name}/messages/${channel.name}` : `/${name}/channels/${channel.name}`;
}

export async function loadTeam(teamName) {
  store.team = store.teams.find(({ name }) => name === teamName);
  if (!store.team) return false;
  const [channels, members] = await Promise.all([
    get(`/users/me/teams/${store.team.id}/channels`),
    get(`/users/me/teams/${store.team.id}/channels/members`),
  ]);
  store.channels = channels;
  store.members = new Map(members.map((member) => [member.channel_id, member]));
  await loadUsers(channels.filter(({ type }) => type === 'D').map(teammateId));
  return true;
}
