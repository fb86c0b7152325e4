import { api, post as send } from './api.js';
import { formatSize, formatTime, h } from './dom.js';
import { emojiNode, QUICK } from './emojis.js';
import { messageNodes } from './message-text.js';
import { openThread } from './thread-panel.js';
import { store, userName } from './store.js';

/** One message; `where` is CENTER for the channel, RHS for the thread beside it. */
export function postView(post, where = 'CENTER', { editing = false } = {}) {
  const isRhs = where === 'RHS';
  const name = userName(post.user_id);
  const isSystem = post.type.startsWith('system_');
  const replies = !isRhs && post.root_id === '' ? countReplies(post) : 0;
  return h(
    'article',
    {
      id: `${isRhs ? 'rhsPost' : 'post'}_${post.id}`,
      class: `post${isSystem ? ' post--system' : ''}${post.user_id === store.me.id ? ' current--user' : ''}${post.root_id && !isRhs ? ' post--comment' : ''}`,
      'data-testid': isRhs ? 'rhsPostView' : 'postView',
      tabindex: '-1',
    },
    h('img', { class: 'avatar', src: `/api/v4/users/${post.user_id}/image`, alt: '', loading: 'lazy' }),
    h(
      'div',
      { class: 'post__content' },
      h(
        'header',
        { class: 'post__header' },
        h('span', { class: 'user-popover' }, name),
        h(
          'a',
          { class: 'post__permalink', href: `/${store.team.name}/pl/${post.id}` },
          h('time', { datetime: new Date(post.create_at).toISOString() }, formatTime(post.create_at)),
        ),
        post.is_pinned && h('span', { class: 'tag' }, 'Pinned'),
        post.root_id && !isRhs && h('span', { class: 'quiet' }, 'replied in a thread'),
      ),
      editing
        ? editBox(post, where)
        : h(
            'div',
            { class: 'post__body' },
            text(post, isRhs),
            post.edit_at > 0 &&
              h('span', { id: `postEdited_${post.id}`, class: 'post-edited__indicator' }, 'Edited'),
          ),
      files(post),
      reactions(post),
      replies > 0 &&
        h(
          'button',
          { class: 'ReplyButton', type: 'button', onclick: () => void openThread(post.id) },
          `${replies} ${replies === 1 ? 'reply' : 'replies'}`,
        ),
    ),
    !isSystem && !editing && menu(post, where),
  );
}

function text(post, isRhs) {
  return h(
    'div',
    { id: `${isRhs ? 'rhsPostMessageText' : 'postMessageText'}_${post.id}`, class: 'post-message__text' },
    h('p', {}, ...messageNodes(post.message)),
  );
}

/** Known replies may be newer than the number that came with the root. */
function countReplies(post) {
  const known = [...store.posts.values()].filter(({ root_id: root }) => root === post.id).length;
  return Math.max(post.reply_count, known);
}

function files({ metadata }) {
  if (!metadata?.files?.length) return undefined;
  return h(
    'div',
    { class: 'post-image__columns', 'data-testid': 'fileAttachmentList' },
    metadata.files.map(file),
  );
}

function file({ id, name, size, extension, has_preview_image: isPicture }) {
  const download = h(
    'a',
    {
      class: 'file-download',
      href: `/api/v4/files/${id}?download=1`,
      download: name,
      'aria-label': `download ${name}`,
    },
    'Download',
  );
  const label = h(
    'span',
    { class: 'post-image__details' },
    h('a', { class: 'post-image__name', href: `/api/v4/files/${id}?download=1`, download: name }, name),
    h('span', { class: 'post-image__size quiet' }, `${extension.toUpperCase()} ${formatSize(size)}`),
  );
  const picture =
    isPicture &&
    h(
      'a',
      { class: 'file-preview__button', href: `/api/v4/files/${id}`, target: '_blank' },
      h('img', { class: 'image-loaded', src: `/api/v4/files/${id}/preview`, alt: `file thumbnail ${name}` }),
    );
  return h('div', { class: 'post-image__column', 'data-file-id': id }, picture, label, download);
}

function reactions(post) {
  const byName = Map.groupBy(post.metadata?.reactions ?? [], ({ emoji_name: name }) => name);
  if (byName.size === 0) return undefined;
  return h(
    'div',
    { class: 'post-reaction-list', 'aria-label': 'reactions' },
    [...byName].map(([name, given]) => {
      const isMine = given.some(({ user_id: id }) => id === store.me.id);
      const who = given.map(({ user_id: id }) => userName(id)).join(', ');
      return h(
        'button',
        {
          id: `postReaction-${post.id}-${name}`,
          class: `Reaction${isMine ? ' Reaction--current-user' : ''}`,
          type: 'button',
          title: `${who} reacted with :${name}:`,
          'aria-label': `${who} reacted with :${name}:`,
          onclick: () => void toggleReaction(post, name, isMine),
        },
        emojiNode(name),
        h('span', { class: 'Reaction__count' }, String(given.length)),
      );
    }),
  );
}

function toggleReaction(post, name, isMine) {
  return isMine
    ? api('DELETE', `/users/me/posts/${post.id}/reactions/${encodeURIComponent(name)}`)
    : send('/reactions', { user_id: store.me.id, post_id: post.id, emoji_name: name });
}

function menu(post, where) {
  const isMine = post.user_id === store.me.id;
  const item = (label, attributes, onclick) =>
    h(
      'button',
      { class: 'post-menu__item', type: 'button', 'aria-label': label, title: label, onclick, ...attributes },
      attributes.text ?? '',
    );
  const more = h(
    'div',
    { class: 'post-menu__more', id: `${where}_dropdown_${post.id}`, role: 'menu', hidden: true },
    isMine &&
      h(
        'button',
        {
          id: `edit_post_${post.id}`,
          role: 'menuitem',
          type: 'button',
          onclick: () => startEditing(post.id, where),
        },
        'Edit',
      ),
    isMine &&
      h(
        'button',
        {
          id: `delete_post_${post.id}`,
          role: 'menuitem',
          type: 'button',
          onclick: () => void api('DELETE', `/posts/${post.id}`),
        },
        'Delete',
      ),
    h(
      'button',
      {
        id: `permalink_${post.id}`,
        role: 'menuitem',
        type: 'button',
        onclick: () =>
          void navigator.clipboard?.writeText(`${location.origin}/${store.team.name}/pl/${post.id}`),
      },
      'Copy Link',
    ),
  );
  const picker = h(
    'div',
    { class: 'post-menu__emojis', role: 'menu', hidden: true },
    QUICK.map((name) =>
      h(
        'button',
        {
          role: 'menuitem',
          type: 'button',
          'aria-label': name,
          onclick: () => void toggleReaction(post, name, false),
        },
        emojiNode(name),
      ),
    ),
  );
  return h(
    'div',
    { class: 'post-menu' },
    item(
      'add reaction',
      { text: '☺', id: `${where}_reaction_${post.id}` },
      () => (picker.hidden = !picker.hidden),
    ),
    where === 'CENTER' &&
      item(
        'reply',
        { text: '↩', id: `CENTER_commentIcon_${post.id}` },
        () => void openThread(post.root_id || post.id),
      ),
    item('more', { text: '⋯', id: `${where}_button_${post.id}` }, () => (more.hidden = !more.hidden)),
    picker,
    more,
  );
}

/** Puts the box for a new text in place of the old text. */
export function startEditing(postId, where = 'CENTER') {
  const post = store.posts.get(postId) ?? store.thread?.posts.get(postId);
  const old = document.getElementById(`${where === 'RHS' ? 'rhsPost' : 'post'}_${postId}`);
  if (!post || !old) return;
  const view = postView(post, where, { editing: true });
  old.replaceWith(view);
  const box = view.querySelector('#edit_textbox');
  box.focus();
  box.setSelectionRange(box.value.length, box.value.length);
}

function editBox(post, where) {
  const box = h('textarea', {
    id: 'edit_textbox',
    'data-testid': 'edit_textbox',
    rows: '2',
    'aria-label': 'edit message',
  });
  box.value = post.message;
  const close = (shown = post) => box.closest('article').replaceWith(postView(shown, where));
  const save = async () =>
    close(
      box.value === post.message ? post : await api('PUT', `/posts/${post.id}/patch`, { message: box.value }),
    );
  box.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      void save();
    } else if (event.key === 'Escape') {
      close();
    }
  });
  return h(
    'div',
    { class: 'edit-post' },
    box,
    h('button', { class: 'save btn btn-primary', type: 'button', onclick: () => void save() }, 'Save'),
    h('button', { class: 'cancel btn', type: 'button', onclick: () => close() }, 'Cancel'),
  );
}
