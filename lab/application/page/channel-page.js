import { get, post as send } from './api.js';
import { composer } from './composer.js';
import { byId, h, show } from './dom.js';
import { navigate } from './navigation.js';
import { startEditing } from './post-view.js';
import { drawPosts, takeList, takePost } from './posts.js';
import { searchForm } from './search-panel.js';
import { drawSidebar, userMenu } from './sidebar.js';
import { listen } from './live.js';
import { channelTitle, loadTeam, loadUsers, store } from './store.js';
import { closePanel } from './thread-panel.js';

const PAGE = 30;

/** `/<team>/channels/<name>`, `/<team>/messages/@<user>` or `/<team>/pl/<post>`. */
export async function openChannelPage(path) {
  const [, teamName, kind = 'channels', name = 'town-square'] = path.split('/').map(decodeURIComponent);
  if (store.team?.name !== teamName && !(await loadTeam(teamName)))
    return navigate(store.teams.length > 0 ? '/' : '/select_team', { replace: true });
  localStorage.setItem('lastTeam', teamName);
  const target = await findTarget(kind, name).catch(() => undefined);
  if (!target) return showMissing();
  store.channel = target.channel;
  if (!byId('channel_view')) drawFrame();
  else closePanel();
  document.title = `${channelTitle(store.channel)} – ${store.team.display_name}`;
  byId('channelHeaderTitle').textContent = channelTitle(store.channel);
  byId('channelHeaderDescription').textContent = store.channel.header;
  byId('post_textbox').placeholder = `Write to ${channelTitle(store.channel)}`;
  byId('post_textbox').setAttribute('aria-label', `Write to ${channelTitle(store.channel)}`);
  byId('channel_view').dataset.channelId = store.channel.id;
  await (target.postId ? loadAround(target.postId) : loadNewest());
  drawSidebar();
  listen();
  if (!target.postId) byId('post_textbox').focus();
}

async function findTarget(kind, name) {
  if (kind === 'pl') {
    const post = await get(`/posts/${name}`);
    const channel =
      store.channels.find(({ id }) => id === post.channel_id) ?? (await get(`/channels/${post.channel_id}`));
    if (channel.type === 'D') await loadUsers(channel.name.split('__'));
    return { channel, postId: name };
  }
  if (kind === 'messages' && name.startsWith('@')) {
    const user = await get(`/users/username/${encodeURIComponent(name.slice(1))}`);
    store.users.set(user.id, user);
    const channel = await send('/channels/direct', [store.me.id, user.id]);
    if (!store.channels.some(({ id }) => id === channel.id)) store.channels.push(channel);
    return { channel };
  }
  const known = store.channels.find((channel) => channel.name === name);
  return {
    channel: known ?? (await get(`/teams/${store.team.id}/channels/name/${encodeURIComponent(name)}`)),
  };
}

function drawFrame() {
  show(
    h(
      'header',
      { id: 'global-header' },
      h('span', { class: 'brand' }, store.config.SiteName),
      searchForm(),
      userMenu(),
    ),
    h(
      'div',
      { class: 'app' },
      h('nav', { id: 'SidebarContainer', 'aria-label': 'channels' }),
      h(
        'main',
        { id: 'channel_view', 'data-testid': 'channel_view' },
        h(
          'header',
          { id: 'channel-header' },
          h('h1', { id: 'channelHeaderTitle' }),
          h('span', { id: 'channelHeaderDescription', class: 'quiet' }),
        ),
        h('div', {
          id: 'postListContent',
          role: 'log',
          'aria-label': 'messages',
          onscroll: () => void loadOlder(),
        }),
        h('div', { id: 'typing', class: 'quiet', 'aria-live': 'polite' }),
        composer({
          boxId: 'post_textbox',
          testId: 'post-create',
          label: 'Write a message',
          target: () => ({ channelId: store.channel.id, rootId: '' }),
          onSent: takeOwnPost,
          onArrowUp: editLastOwnPost,
        }),
      ),
      h('aside', { id: 'sidebar-right', hidden: true }),
    ),
  );
}

/** After a look at the past, an own message leads back to the present. */
async function takeOwnPost(post) {
  if (store.hasNewer) await loadNewest();
  else await takePost(post);
}

async function loadNewest() {
  const list = await get(`/channels/${store.channel.id}/posts?page=0&per_page=${PAGE * 2}`);
  store.hasOlder = list.prev_post_id !== '';
  store.hasNewer = false;
  await takeList(list);
  drawPosts();
  byId('postListContent').scrollTop = byId('postListContent').scrollHeight;
  await markViewed();
}

async function loadAround(postId) {
  const base = `/channels/${store.channel.id}/posts`;
  const [older, post, newer] = await Promise.all([
    get(`${base}?before=${postId}&per_page=${PAGE}`),
    get(`/posts/${postId}`),
    get(`${base}?after=${postId}&per_page=${PAGE}`),
  ]);
  store.hasOlder = older.prev_post_id !== '';
  store.hasNewer = newer.next_post_id !== '';
  const posts = { ...older.posts, ...newer.posts, [postId]: post };
  await takeList({ order: [...newer.order, postId, ...older.order], posts });
  drawPosts();
  const view = byId(`post_${postId}`);
  view?.classList.add('post--highlight');
  view?.scrollIntoView({ block: 'center' });
}

let isLoadingOlder = false;
async function loadOlder() {
  const list = byId('postListContent');
  if (!store.hasOlder || isLoadingOlder || list.scrollTop > 80 || store.order.length === 0) return;
  isLoadingOlder = true;
  try {
    const channelId = store.channel.id;
    const older = await get(`/channels/${channelId}/posts?before=${store.order[0]}&per_page=${PAGE}`);
    if (store.channel.id !== channelId) return;
    store.hasOlder = older.prev_post_id !== '';
    const fromEnd = list.scrollHeight - list.scrollTop;
    await takeList(older, { keepNewer: true });
    drawPosts();
    list.scrollTop = list.scrollHeight - fromEnd;
  } finally {
    isLoadingOlder = false;
  }
}

/** What was missed while the connection was down. */
export async function catchUp() {
  if (!store.channel || store.hasNewer) return;
  const last = store.posts.get(store.order.at(-1));
  await takeList(await get(`/channels/${store.channel.id}/posts?since=${last?.create_at ?? Date.now()}`), {
    keepOlder: true,
  });
  for (const [id, post] of store.posts) if (post.delete_at > 0) store.posts.delete(id);
  store.order = store.order.filter((id) => store.posts.has(id));
  drawPosts();
}

export async function markViewed() {
  const { id } = store.channel;
  const member = store.members.get(id);
  if (member) Object.assign(member, { msg_count: store.channel.total_msg_count, mention_count: 0 });
  await send('/channels/members/me/view', { channel_id: id, prev_channel_id: '' });
}

function editLastOwnPost() {
  const id = store.order.findLast(
    (postId) => store.posts.get(postId).user_id === store.me.id && !store.posts.get(postId).type,
  );
  if (id) startEditing(id);
}

function showMissing() {
  show(
    h(
      'main',
      { class: 'card-page' },
      h(
        'section',
        { class: 'card' },
        h('h1', { 'data-testid': 'errorMessageTitle' }, 'Not found'),
        h('p', {}, 'The channel or message does not exist, or you may not see it.'),
        h('a', { class: 'btn', href: '/' }, 'Back'),
      ),
    ),
  );
}
