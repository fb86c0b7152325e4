import { h } from './dom.js';
import { store } from './store.js';

const UNICODE = {
  '+1': '👍',
  '-1': '👎',
  thumbsup: '👍',
  thumbsdown: '👎',
  smile: '😄',
  smiley: '😃',
  grinning: '😀',
  laughing: '😆',
  heart: '❤️',
  tada: '🎉',
  eyes: '👀',
  white_check_mark: '✅',
  heavy_check_mark: '✔️',
  rocket: '🚀',
  fire: '🔥',
  warning: '⚠️',
  wave: '👋',
  clap: '👏',
  raised_hands: '🙌',
  pray: '🙏',
  ok_hand: '👌',
  thinking: '🤔',
  thinking_face: '🤔',
  joy: '😂',
  cry: '😢',
  sob: '😭',
  x: '❌',
  question: '❓',
  hourglass: '⌛',
  bell: '🔔',
  lock: '🔒',
  100: '💯',
  bulb: '💡',
  memo: '📝',
};

/** What the picker offers. */
export const QUICK = ['+1', 'white_check_mark', 'eyes', 'tada', 'heart', 'rocket'];

export function emojiNode(name) {
  const custom = store.emojis.get(name);
  if (custom)
    return h('img', {
      class: 'emoticon',
      src: `/api/v4/emoji/${custom.id}/image`,
      alt: `:${name}:`,
      title: `:${name}:`,
    });
  return h(
    'span',
    { class: 'emoticon', title: `:${name}:`, 'data-emoticon': name },
    hasEmojiFont() && UNICODE[name] ? UNICODE[name] : `:${name}:`,
  );
}

export const isEmoji = (name) => store.emojis.has(name) || name in UNICODE;

let fontKnown;

/** A machine without an emoji font would show empty boxes; names are better than that. */
function hasEmojiFont() {
  if (fontKnown !== undefined) return fontKnown;
  const canvas = h('canvas', { width: 20, height: 20 });
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.font = '16px sans-serif';
  context.fillText('👀🎉', 0, 16);
  const pixels = context.getImageData(0, 0, 20, 20).data;
  // An emoji font draws in colours, a box in black.
  fontKnown = pixels.some((value, index) => index % 4 < 3 && value > 40);
  return fontKnown;
}
