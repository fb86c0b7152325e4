import type { App } from '../app.ts';
import type { ChannelRow } from '../channels.ts';

export interface MentionedUser {
  id: string;
  username: string;
  email: string;
  notifyprops: Record<string, string>;
}

const WHOLE_CHANNEL = new Set(['channel', 'all', 'here']);

/** The members of a channel whom a message calls by name or all at once; in a direct message, the others. */
export async function findMentioned(
  app: App,
  channel: ChannelRow,
  message: string,
  authorId: string,
): Promise<MentionedUser[]> {
  const names = [...message.toLowerCase().matchAll(/(?:^|[^\w@.-])@([a-z0-9._-]+)/g)].map(
    (match) => match[1] ?? '',
  );
  const isDirect = channel.type === 'D' || channel.type === 'G';
  const callsAll = isDirect || names.some((name) => WHOLE_CHANNEL.has(name));
  if (!callsAll && names.length === 0) return [];
  // A name may be followed by a full stop or a dash that belongs to the sentence.
  const candidates = [...new Set(names.flatMap((name) => [name, name.replace(/[._-]+$/, '')]))];
  return app.db.rows<MentionedUser>(
    `SELECT u.id, u.username, u.email, u.notifyprops FROM users u
     JOIN channelmembers m ON m.userid = u.id AND m.channelid = $1
     WHERE u.deleteat = 0 AND u.id <> $2 AND ($3 OR u.username = ANY($4))`,
    [channel.id, authorId, callsAll, candidates],
  );
}

/** `#words` of a message, separated by spaces, as `posts.hashtags` holds them. */
export function findHashtags(message: string): string {
  const tags = [...message.matchAll(/(?:^|\s)(#\p{L}[\p{L}\p{N}_.-]*[\p{L}\p{N}])(?=$|[^\p{L}\p{N}_-])/gu)];
  return tags
    .map((match) => match[1])
    .join(' ')
    .slice(0, 1000);
}
