import { Counter } from 'k6/metrics';
import { call, callAll, type Call } from './api.ts';
import type { ActionName } from './target.ts';
import { anyChannel, anyUser, pick, site, type LoadUser } from './users.ts';

/** Actions that came to their end. */
const actionsDone = new Counter('actions_done');
/** Messages that the server took: each has to come to every listener. */
const postsAccepted = new Counter('posts_accepted');
/** The sum of their marks: a lost one and one that came twice leave the number of events as it should be, not this. */
const postMarks = new Counter('post_marks');

/**
 * What users do. Calls and shares follow mattermost-load-test-ng's simulated user (loadtest/control/simulcontroller).
 */
export const ACTIONS: Readonly<Record<ActionName, (phase: string) => void>> = {
  switchChannel() {
    const user = anyUser();
    const channel = anyChannel();
    callAll(user, [
      view(channel),
      get(
        '/users/{id}/channels/{id}/posts/unread',
        `/users/${user.id}/channels/${channel}/posts/unread?limit_before=30&limit_after=30`,
      ),
      { method: 'POST', name: '/users/ids', path: '/users/ids', body: someUserIds() },
      statusesOf(),
      get('/channels/{id}/stats', `/channels/${channel}/stats`),
      get('/channels/{id}', `/channels/${channel}`),
    ]);
  },

  scroll() {
    const user = anyUser();
    const channel = anyChannel();
    let before = '';
    for (let page = 0; page < 3; page += 1) {
      const query = `per_page=30${before && `&before=${before}`}`;
      const answer = call(user, get('/channels/{id}/posts', `/channels/${channel}/posts?${query}`));
      const { order } = answer.status === 200 ? (answer.json() as { order: string[] }) : { order: [] };
      before = order[order.length - 1] ?? '';
      if (!before) return;
    }
  },

  unreadCheck() {
    const user = anyUser();
    callAll(user, [
      get('/users/{id}/teams/{id}/channels', `/users/${user.id}/teams/${site.teamId}/channels`),
      get(
        '/users/{id}/teams/{id}/channels/members',
        `/users/${user.id}/teams/${site.teamId}/channels/members`,
      ),
      view(site.loadChannelId),
    ]);
  },

  createPost(phase) {
    const user = anyUser();
    const fileIds = Math.random() < 0.02 ? upload(user) : [];
    const rootId = Math.random() < 0.18 ? (pick(ownRoots)?.id ?? '') : '';
    post(user, phase, rootId, fileIds);
  },

  draft() {
    const user = anyUser();
    const body = {
      channel_id: site.loadChannelId,
      user_id: user.id,
      message: 'muster load draft',
      root_id: '',
    };
    call(user, { method: 'POST', name: '/drafts', path: '/drafts', body });
    call(user, {
      method: 'DELETE',
      name: '/users/{id}/channels/{id}/drafts',
      path: `/users/${user.id}/channels/${site.loadChannelId}/drafts`,
    });
  },

  threads() {
    const user = anyUser();
    const threads = `/users/${user.id}/teams/${site.teamId}/threads`;
    call(user, get('/users/{id}/teams/{id}/threads', `${threads}?per_page=25&extended=false`));
    const root = pick(site.threadIds) ?? pick(ownRoots)?.id;
    if (root) call(user, get('/posts/{id}/thread', `/posts/${root}/thread`));
  },

  touchPost(phase) {
    const root = pick(ownRoots) ?? post(anyUser(), phase, '', []);
    if (!root) return;
    const { author: user, id } = root;
    call(user, get('/posts/{id}', `/posts/${id}`));
    const reaction = { user_id: user.id, post_id: id, emoji_name: 'thumbsup' };
    call(user, { method: 'POST', name: '/reactions', path: '/reactions', body: reaction });
    const body = { message: 'muster load edited' };
    call(user, { method: 'PUT', name: '/posts/{id}/patch', path: `/posts/${id}/patch`, body });
  },

  search() {
    const terms = pick(['status', 'deploy', 'latency', 'meeting', 'review', 'incident']) ?? 'status';
    const body = { terms, is_or_search: false, page: 0, per_page: 20 };
    call(anyUser(), {
      method: 'POST',
      name: '/teams/{id}/posts/search',
      path: `/teams/${site.teamId}/posts/search`,
      body,
    });
  },

  statuses() {
    call(anyUser(), statusesOf());
  },
};

/** Runs an action and counts it. `phase` is "measured", or "warm-up" for what is not judged. */
export function act(name: ActionName, phase: string): void {
  ACTIONS[name](phase);
  actionsDone.add(1);
}

interface Root {
  readonly id: string;
  readonly author: LoadUser;
}
/** Threads that this virtual user has begun. */
const ownRoots: Root[] = [];

/** The text carries its phase, its time, so that every listener can tell how long it was under way, and its mark. */
function post(author: LoadUser, phase: string, rootId: string, fileIds: readonly string[]): Root | undefined {
  const mark = 1 + Math.floor(Math.random() * 1_000_000);
  const body = {
    channel_id: site.loadChannelId,
    message: `muster load ${phase} ${Date.now()} ${mark}`,
    root_id: rootId,
    file_ids: fileIds,
  };
  const answer = call(author, { method: 'POST', name: '/posts', path: '/posts', body });
  if (answer.status !== 201) return undefined;
  postsAccepted.add(1);
  postMarks.add(mark);
  const root = { id: String(answer.json('id')), author };
  if (rootId === '') ownRoots.push(root);
  return root;
}

function upload(user: LoadUser): readonly string[] {
  const path = `/files?channel_id=${site.loadChannelId}&filename=muster-load.txt`;
  const answer = call(user, { method: 'POST', name: '/files', path, body: 'muster load '.repeat(4_000) });
  if (answer.status !== 201) return [];
  const id = String(answer.json('file_infos.0.id'));
  call(user, get('/files/{id}', `/files/${id}`));
  return [id];
}

function get(name: string, path: string): Call {
  return { method: 'GET', name, path };
}

function view(channelId: string): Call {
  return {
    method: 'POST',
    name: '/channels/members/{id}/view',
    path: '/channels/members/me/view',
    body: { channel_id: channelId, prev_channel_id: '' },
  };
}

function statusesOf(): Call {
  return { method: 'POST', name: '/users/status/ids', path: '/users/status/ids', body: someUserIds() };
}

function someUserIds(): readonly string[] {
  return Array.from({ length: 10 }, () => anyUser().id);
}
