import { h } from './dom.js';
import { emojiNode, isEmoji } from './emojis.js';

// Pictures, links by name, bare links, code, bold, mentions, hashtags and emojis; everything else is text.
const PARTS =
  /!\[([^\]]*)\]\((https?:\/\/[^\s)]+)\)|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)|(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])|`([^`\n]+)`|\*\*([^*\n]+)\*\*|(@[a-z0-9._-]*[a-z0-9])|(#\p{L}[\p{L}\p{N}_-]+)|:([a-z0-9_+-]+):/giu;

/** A message as nodes. Text stays text: nothing that a user wrote is ever read as HTML. */
export function messageNodes(message) {
  const nodes = [];
  let at = 0;
  for (const match of message.matchAll(PARTS)) {
    const node = partNode(match);
    if (!node) continue;
    nodes.push(message.slice(at, match.index), node);
    at = match.index + match[0].length;
  }
  nodes.push(message.slice(at));
  return nodes.filter((node) => node !== '');
}

function partNode([, alt, image, label, labelled, bare, code, bold, mention, hashtag, emoji]) {
  if (image)
    return h('img', {
      class: 'markdown-inline-img',
      src: image,
      alt,
      loading: 'lazy',
      referrerpolicy: 'no-referrer',
    });
  if (labelled) return link(labelled, label);
  if (bare) return link(bare, bare);
  if (code) return h('code', {}, code);
  if (bold) return h('strong', {}, bold);
  if (mention) return h('span', { class: 'mention-link' }, mention);
  if (hashtag) return h('span', { class: 'mention-link hashtag' }, hashtag);
  return emoji && isEmoji(emoji) ? emojiNode(emoji) : undefined;
}

function link(url, text) {
  const isOwn = url.startsWith(`${location.origin}/`);
  return h(
    'a',
    {
      class: 'markdown__link',
      href: url,
      rel: 'noreferrer noopener',
      ...(isOwn ? {} : { target: '_blank' }),
    },
    text,
  );
}
