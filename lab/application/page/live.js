import { catchUp, markViewed } from './channel-page.js';
import { byId } from './dom.js';
import { dropPost, redraw, takePost, takeReaction } from './posts.js';
import { drawSidebar } from './sidebar.js';
import { connect } from './socket.js';
import { loadTeam, loadUsers, store, userName } from './store.js';
import { drawThread } from './thread-panel.js';

const TYPING_SHOWN_MS = 4000;
let typingTimer;

/** Shows what others do, as it happens. */
export function listen() {
  connect({ onEvent: (event) => void handle(event), onReconnect: () => void catchUp() });
}

async function handle({ event, data, broadcast }) {
  switch (event) {
    case 'posted':
      return takePosted(JSON.parse(data.post), data);
    case 'post_edited':
      return takeEdited(JSON.parse(data.post));
    case 'post_deleted':
      return dropPost(JSON.parse(data.post));
    case 'reaction_added':
      return takeReaction(JSON.parse(data.reaction), true);
    case 'reaction_removed':
      return takeReaction(JSON.parse(data.reaction), false);
    case 'typing':
      return showTyping(data.user_id, broadcast.channel_id);
    case 'direct_added':
    case 'group_added':
    case 'user_added':
    case 'channel_created':
      await loadTeam(store.team.name);
      return drawSidebar();
    default:
      return undefined;
  }
}

async function takePosted(post, data) {
  const channel = store.channels.find(({ id }) => id === post.channel_id);
  if (channel) {
    channel.total_msg_count++;
    const member = store.members.get(channel.id);
    if (member && post.user_id === store.me.id) member.msg_count = channel.total_msg_count;
    if (member && data.mentions) member.mention_count++;
  }
  await takePost(post);
  byId('typing').textContent = '';
  if (post.channel_id === store.channel?.id && post.user_id !== store.me.id) await markViewed();
  drawSidebar();
}

async function takeEdited(post) {
  await loadUsers([post.user_id]);
  if (store.posts.has(post.id)) store.posts.set(post.id, post);
  redraw(post.id);
  if (store.thread?.posts.has(post.id)) {
    store.thread.posts.set(post.id, post);
    drawThread();
  }
}

async function showTyping(userId, channelId) {
  if (channelId !== store.channel?.id) return;
  await loadUsers([userId]);
  byId('typing').textContent = `${userName(userId)} is typing…`;
  clearTimeout(typingTimer);
  typingTimer = setTimeout(() => (byId('typing').textContent = ''), TYPING_SHOWN_MS);
}
