import type { Person } from './people.ts';
import { inventAlert, inventPhrase } from './phrases.ts';
import type { Channel } from './places.ts';
import type { ProductionAddresses } from './production.ts';
import { createRandom, type Random } from './random.ts';
import { drawTimeline } from './timeline.ts';

export interface Message {
  readonly id: string;
  readonly createdAt: number;
  readonly channel: Channel;
  readonly authorId: string;
  /** Empty for a message that starts a conversation. */
  readonly rootId: string;
  /** Empty for what people write; else Mattermost's name for the system message. */
  readonly type: string;
  text: string;
  readonly hashtags: string;
  /** Usernames called in it. */
  readonly mentions: readonly string[];
  readonly props: Readonly<Record<string, unknown>>;
  fileIds: readonly string[];
  /** Milliseconds; 0 for never. */
  editedAt: number;
  /** What it said before the edit. */
  textBefore: string;
  deletedAt: number;
  reactions: readonly Reaction[];
}

export interface Reaction {
  readonly userId: string;
  readonly emoji: string;
  readonly at: number;
}

export interface ConversationOptions {
  readonly seed: number;
  readonly channels: readonly Channel[];
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly production: ProductionAddresses;
}

const NONE: readonly never[] = [];
const EMOJI = ['+1', 'eyes', 'white_check_mark', 'pray', 'tada', 'rotating_light', 'heart', 'lantern-lit'];
const RECENT = 12;

/** Everything that was said on the site, oldest first. */
export function holdConversations(options: ConversationOptions): Message[] {
  const { seed, from, to, count } = options;
  const random = createRandom(seed, 'conversations');
  const rooms = options.channels.filter(({ weight }) => weight > 0).map(openRoom);
  const messages = [
    ...options.channels.flatMap((channel) => welcome(random, channel)),
    ...drawTimeline(random, count, from, to).map((moment) => say(random, rooms, moment, options)),
  ].sort((a, b) => a.createdAt - b.createdAt);
  showPicture(messages, options.production.imageUrl);
  const roots = new Set(messages.map(({ rootId }) => rootId));
  for (const message of messages) {
    if (message.type === '') liveOn(random, message, { hasReplies: roots.has(message.id), to });
  }
  return messages;
}

interface Room {
  readonly channel: Channel;
  readonly writers: readonly Person[];
  readonly usernames: readonly string[];
  /** The latest conversations, which replies go to. */
  readonly recent: string[];
}

function openRoom(channel: Channel): Room {
  const watchtower = channel.name === 'alerts' ? channel.members.filter(({ bot }) => bot) : [];
  const writers = watchtower.length > 0 ? watchtower : channel.members.filter(({ bot }) => !bot);
  return {
    channel,
    writers,
    usernames: channel.members.filter(({ bot }) => !bot).map(({ username }) => username),
    recent: [],
  };
}

function say(
  random: Random,
  rooms: readonly Room[],
  createdAt: number,
  { production }: ConversationOptions,
): Message {
  const room = drawRoom(random, rooms, createdAt);
  let author = random.pick(room.writers);
  while (author.leftAt !== 0 && createdAt >= author.leftAt) author = random.pick(room.writers);
  const reply = !author.bot && room.recent.length > 0 && random.chance(0.3);
  const phrase = author.bot
    ? { text: inventAlert(random), hashtags: '', mentions: NONE }
    : inventPhrase(random, { usernames: room.usernames, reply, linkUrl: production.linkUrl });
  const message = {
    ...blank(random, room.channel, createdAt),
    authorId: author.id,
    rootId: reply ? random.pick(room.recent) : '',
    type: '',
    text: phrase.text,
    hashtags: phrase.hashtags,
    mentions: phrase.mentions,
    props: author.bot ? { from_webhook: 'true', from_bot: 'true', webhook_display_name: 'Monitoring' } : {},
  };
  if (!reply) {
    room.recent.push(message.id);
    if (room.recent.length > RECENT) room.recent.shift();
  }
  return message;
}

function drawRoom(random: Random, rooms: readonly Room[], at: number): Room {
  const open = rooms.filter(({ channel }) => channel.archivedAt === 0 || at < channel.archivedAt);
  let mark = random.next() * open.reduce((sum, { channel }) => sum + channel.weight, 0);
  return open.find(({ channel }) => (mark -= channel.weight) < 0) ?? (open[0] as Room);
}

/** The system's message on a channel's first day. */
function welcome(random: Random, channel: Channel): Message[] {
  const creator = channel.members.find(({ id }) => id === channel.creatorId);
  if (channel.teamId === '' || creator === undefined) return [];
  return [
    {
      ...blank(random, channel, channel.createdAt),
      authorId: creator.id,
      rootId: '',
      type: 'system_join_channel',
      text: `${creator.username} joined the channel.`,
      hashtags: '',
      mentions: NONE,
      props: { username: creator.username },
    },
  ];
}

/** A message to which nothing has happened yet. */
function blank(random: Random, channel: Channel, createdAt: number) {
  return {
    id: random.id(),
    createdAt,
    channel,
    fileIds: NONE as readonly string[],
    editedAt: 0,
    textBefore: '',
    deletedAt: 0,
    reactions: NONE as readonly Reaction[],
  };
}

/** One old message shows a picture from another host, which whoever reads it will fetch. */
function showPicture(messages: readonly Message[], imageUrl: string): void {
  const candidates = messages.filter(({ channel, type, rootId }) => {
    return channel.name === 'incident-bridge' && type === '' && rootId === '';
  });
  const message = candidates[Math.floor(candidates.length * 0.6)];
  if (message) message.text = `Tide map as of this morning: ![tide map](${imageUrl})`;
}

/** What becomes of a message: reactions, an edit, a deletion; never later than now. */
function liveOn(
  random: Random,
  message: Message,
  { hasReplies, to }: { hasReplies: boolean; to: number },
): void {
  const later = (minutes: number): number => {
    return Math.min(to, message.createdAt + 5_000 + Math.floor(random.next() * minutes * 60_000));
  };
  if (random.chance(0.12)) {
    const people = message.channel.members.filter(({ bot, leftAt }) => !bot && leftAt === 0);
    message.reactions = random
      .sample(people, random.between(1, 4))
      .map(({ id }) => ({ userId: id, emoji: random.pick(EMOJI), at: later(120) }));
  }
  const isPicture = message.text.includes('![');
  if (random.chance(0.03) && !isPicture && message.props['from_bot'] === undefined) {
    message.textBefore = message.text;
    message.text = `${message.text} (corrected: see the log)`;
    message.editedAt = later(20);
  } else if (random.chance(0.015) && !hasReplies && !isPicture && message.createdAt < to - 3_600_000) {
    message.deletedAt = later(40);
    message.reactions = NONE;
  }
}
