import { byId, h } from './dom.js';
import { followLink, navigate } from './navigation.js';
import { signOut } from './session.js';
import { channelPath, channelTitle, store } from './store.js';

export function drawSidebar() {
  const teams = store.teams.map((team) =>
    h('option', { value: team.name, selected: team.id === store.team.id }, team.display_name),
  );
  const groups = [
    ['Channels', store.channels.filter(({ type }) => type === 'O' || type === 'P')],
    ['Direct Messages', store.channels.filter(({ type }) => type === 'D' || type === 'G')],
  ];
  byId('SidebarContainer').replaceChildren(
    h(
      'div',
      { class: 'sidebar__team' },
      h('button', { id: 'sidebarTeamMenuButton', type: 'button' }, store.team.display_name),
      h(
        'select',
        {
          'aria-label': 'teams',
          onchange: (event) => void navigate(`/${event.target.value}/channels/town-square`),
        },
        teams,
      ),
    ),
    ...groups.map(([title, channels]) =>
      h(
        'div',
        { class: 'SidebarChannelGroup' },
        h('h2', {}, title),
        h('ul', { role: 'list' }, channels.map(item)),
      ),
    ),
  );
}

function item(channel) {
  const member = store.members.get(channel.id);
  const isOpen = channel.id === store.channel?.id;
  const isUnread = !isOpen && member && channel.total_msg_count > member.msg_count;
  const mentions = isOpen ? 0 : (member?.mention_count ?? 0);
  const sign = { O: '#', P: '◦', D: '@', G: '@' }[channel.type];
  return h(
    'li',
    { class: `SidebarChannel${isOpen ? ' active' : ''}${isUnread ? ' unread' : ''}` },
    h(
      'a',
      {
        id: `sidebarItem_${channel.name}`,
        class: 'SidebarLink',
        href: channelPath(channel),
        onclick: followLink,
        'aria-label': channelTitle(channel),
        'aria-current': isOpen ? 'page' : undefined,
      },
      h('span', { class: 'sign', 'aria-hidden': 'true' }, sign),
      h('span', { class: 'SidebarChannelLinkLabel' }, channelTitle(channel)),
      mentions > 0 && h('span', { class: 'badge', id: 'unreadMentions' }, String(mentions)),
    ),
  );
}

/** Picture and name at the top right, with what one can do as oneself. */
export function userMenu() {
  const menu = h(
    'div',
    { id: 'userAccountMenu', class: 'menu', role: 'menu', hidden: true },
    h('div', { class: 'quiet' }, `@${store.me.username}`),
    h(
      'button',
      { id: 'userAccountMenuLogout', type: 'button', role: 'menuitem', onclick: () => void signOut() },
      'Log out',
    ),
  );
  const button = h(
    'button',
    {
      id: 'userAccountMenuButton',
      class: 'userAccountMenu_menuButton',
      type: 'button',
      'aria-label': `Current user: ${store.me.username}. User account menu`,
      'aria-haspopup': 'menu',
      onclick: () => (menu.hidden = !menu.hidden),
    },
    h('img', { class: 'avatar', src: `/api/v4/users/${store.me.id}/image`, alt: '' }),
  );
  return h('div', { class: 'user-menu' }, button, menu);
}
