import { byId, h } from './dom.js';
import { postView } from './post-view.js';
import { drawThread } from './thread-panel.js';
import { loadUsers, store } from './store.js';

/** Takes a list as the API gives it, newest first, and shows it with the newest at the bottom. */
export async function takeList({ order, posts }, { keepOlder = false, keepNewer = false } = {}) {
  const chosen = order.map((id) => posts[id]).filter(Boolean);
  if (!keepOlder && !keepNewer) store.posts = new Map();
  for (const post of chosen) store.posts.set(post.id, post);
  // Roots that came along as context know how many replies they have only through them.
  sortOrder();
  await loadUsers([
    ...chosen.map(({ user_id: id }) => id),
    ...chosen.flatMap(({ metadata }) => (metadata?.reactions ?? []).map(({ user_id: id }) => id)),
  ]);
}

/** A message that was posted, by oneself or by others; the same one may arrive twice. */
export async function takePost(post) {
  await loadUsers([post.user_id]);
  if (store.thread && (post.root_id === store.thread.rootId || post.id === store.thread.rootId)) {
    store.thread.posts.set(post.id, post);
    drawThread();
  }
  if (post.channel_id !== store.channel?.id || store.hasNewer) return;
  const root = store.posts.get(post.root_id);
  if (root && !store.posts.has(post.id)) root.reply_count = Math.max(root.reply_count, post.reply_count);
  store.posts.set(post.id, post);
  sortOrder();
  const list = byId('postListContent');
  const isAtEnd =
    list.scrollHeight - list.scrollTop - list.clientHeight < 120 || post.user_id === store.me.id;
  redraw(post.id);
  if (root) redraw(root.id);
  if (isAtEnd) list.scrollTop = list.scrollHeight;
}

export async function takeReaction(reaction, isAdded) {
  await loadUsers([reaction.user_id]);
  for (const posts of [store.posts, store.thread?.posts]) {
    const post = posts?.get(reaction.post_id);
    if (!post) continue;
    const others = (post.metadata?.reactions ?? []).filter(
      (given) => given.user_id !== reaction.user_id || given.emoji_name !== reaction.emoji_name,
    );
    posts.set(post.id, {
      ...post,
      metadata: { ...post.metadata, reactions: isAdded ? [...others, reaction] : others },
    });
  }
  redraw(reaction.post_id);
  if (store.thread?.posts.has(reaction.post_id)) drawThread();
}

export function dropPost({ id }) {
  store.posts.delete(id);
  sortOrder();
  byId(`post_${id}`)?.remove();
  if (store.thread?.posts.delete(id)) drawThread();
}

/** Draws the whole channel. */
export function drawPosts() {
  const list = byId('postListContent');
  list.replaceChildren(
    ...store.order.flatMap((id, index) => [dayLine(index), postView(store.posts.get(id))]).filter(Boolean),
  );
}

/** Draws one message in its place, unless somebody is changing its text right now. */
export function redraw(id) {
  const list = byId('postListContent');
  const post = store.posts.get(id);
  const old = byId(`post_${id}`);
  if (!list || !post || old?.querySelector('#edit_textbox')) return;
  if (old) return old.replaceWith(postView(post));
  const next = store.order
    .slice(store.order.indexOf(id) + 1)
    .map((later) => byId(`post_${later}`))
    .find(Boolean);
  const line = dayLine(store.order.indexOf(id));
  const nodes = [line, postView(post)].filter(Boolean);
  if (next) next.before(...nodes);
  else list.append(...nodes);
}

function dayLine(index) {
  const day = (id) => new Date(store.posts.get(id).create_at).toDateString();
  const current = day(store.order[index]);
  if (index > 0 && day(store.order[index - 1]) === current) return undefined;
  return h('div', { class: 'date-line', role: 'separator' }, h('span', {}, current));
}

function sortOrder() {
  store.order = [...store.posts.values()].sort((a, b) => a.create_at - b.create_at).map(({ id }) => id);
}
