import { get } from './api.js';
import { composer } from './composer.js';
import { byId, h } from './dom.js';
import { postView, startEditing } from './post-view.js';
import { takePost } from './posts.js';
import { loadUsers, store } from './store.js';

/** Opens a thread in the panel at the right. */
export async function openThread(rootId) {
  const { order, posts } = await get(`/posts/${rootId}/thread`);
  store.thread = { rootId, posts: new Map(order.map((id) => [id, posts[id]])) };
  await loadUsers(order.map((id) => posts[id].user_id));
  const list = h('div', { id: 'rhsPostList', class: 'rhs__list' });
  byId('sidebar-right').replaceChildren(
    h(
      'section',
      { id: 'rhsContainer', 'aria-label': 'Thread' },
      h(
        'header',
        { class: 'rhs__header' },
        h('h2', {}, 'Thread'),
        h(
          'button',
          {
            id: 'rhsCloseButton',
            type: 'button',
            class: 'btn icon',
            'aria-label': 'Close',
            onclick: closePanel,
          },
          '×',
        ),
      ),
      list,
      composer({
        boxId: 'reply_textbox',
        testId: 'comment-create',
        label: 'Reply to this thread...',
        target: () => ({ channelId: posts[order[0]].channel_id, rootId }),
        onSent: takePost,
        onArrowUp: () => editLastOwnReply(),
      }),
    ),
  );
  byId('sidebar-right').hidden = false;
  drawThread();
  byId('reply_textbox').focus();
}

export function drawThread() {
  const list = byId('rhsPostList');
  if (!list || !store.thread) return;
  const posts = [...store.thread.posts.values()].sort((a, b) => a.create_at - b.create_at);
  list.replaceChildren(...posts.map((post) => postView(post, 'RHS')));
  list.scrollTop = list.scrollHeight;
}

export function closePanel() {
  store.thread = undefined;
  const panel = byId('sidebar-right');
  panel.replaceChildren();
  panel.hidden = true;
}

function editLastOwnReply() {
  const own = [...store.thread.posts.values()].filter((post) => post.user_id === store.me.id && post.root_id);
  if (own.length > 0) startEditing(own.at(-1).id, 'RHS');
}
