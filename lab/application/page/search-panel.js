import { post as send } from './api.js';
import { byId, formatTime, h } from './dom.js';
import { messageNodes } from './message-text.js';
import { followLink } from './navigation.js';
import { loadUsers, store, userName } from './store.js';
import { closePanel } from './thread-panel.js';

/** The search field in the head of the page: a button until it is clicked. */
export function searchForm() {
  const input = h('input', {
    type: 'text',
    'aria-label': 'Search messages',
    placeholder: 'Search messages',
    'data-testid': 'searchInput',
  });
  const close = () => (popup.hidden = true);
  const popup = h(
    'div',
    { id: 'searchBox', class: 'search-box', role: 'dialog', 'aria-label': 'Search box', hidden: true },
    input,
    h(
      'button',
      {
        type: 'button',
        class: 'btn icon',
        'data-testid': 'searchBoxClose',
        'aria-label': 'Close',
        onclick: close,
      },
      '×',
    ),
    h('p', { class: 'quiet' }, 'from:name, in:channel, "a phrase", -not, #tag'),
  );
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') close();
    if (event.key !== 'Enter' || input.value.trim() === '') return;
    close();
    void search(input.value);
  });
  const open = () => {
    popup.hidden = false;
    input.focus();
    input.select();
  };
  const button = h(
    'button',
    { id: 'searchFormContainer', class: 'search-form', type: 'button', onclick: open },
    'Search',
  );
  return h('div', { class: 'search' }, button, popup);
}

async function search(terms) {
  const { order, posts } = await send(`/teams/${store.team.id}/posts/search`, {
    terms,
    is_or_search: false,
    time_zone_offset: 0,
    page: 0,
    per_page: 20,
  });
  const found = order.map((id) => posts[id]);
  await loadUsers(found.map(({ user_id: id }) => id));
  const panel = byId('sidebar-right');
  store.thread = undefined;
  panel.replaceChildren(
    h(
      'section',
      { id: 'searchContainer', 'aria-label': 'Search Results' },
      h(
        'header',
        { class: 'rhs__header' },
        h('h2', {}, 'Search Results'),
        h(
          'button',
          {
            id: 'searchResultsCloseButton',
            type: 'button',
            class: 'btn icon',
            'aria-label': 'Close',
            onclick: closePanel,
          },
          '×',
        ),
      ),
      h(
        'div',
        { id: 'search-items-container', class: 'rhs__list' },
        found.length > 0 ? found.map(result) : h('p', { class: 'no-results' }, `No results for “${terms}”`),
      ),
    ),
  );
  panel.hidden = false;
}

function result(post) {
  const channel = store.channels.find(({ id }) => id === post.channel_id);
  return h(
    'div',
    { class: 'search-item__container', 'data-testid': 'search-item-container' },
    h('div', { class: 'quiet' }, channel?.display_name || 'Direct Message'),
    h(
      'article',
      { id: `searchResult_${post.id}`, class: 'post' },
      h('img', { class: 'avatar', src: `/api/v4/users/${post.user_id}/image`, alt: '' }),
      h(
        'div',
        { class: 'post__content' },
        h(
          'header',
          { class: 'post__header' },
          h('span', { class: 'user-popover' }, userName(post.user_id)),
          h('time', { class: 'quiet search-item__time' }, formatTime(post.create_at)),
          h(
            'a',
            { class: 'search-item__jump', href: `/${store.team.name}/pl/${post.id}`, onclick: followLink },
            'Jump',
          ),
        ),
        h(
          'div',
          { id: `rhsPostMessageText_${post.id}`, class: 'post-message__text' },
          h('p', {}, ...messageNodes(post.message)),
        ),
      ),
    ),
  );
}
