import type { Client } from 'pg';
import type { Message } from './conversation.ts';
import { insertRows, type Row } from './insert-rows.ts';
import { createRandom } from './random.ts';

/** Writes messages with their history, reactions and threads. */
export async function writeMessages(
  client: Client,
  seed: number,
  messages: readonly Message[],
): Promise<void> {
  const random = createRandom(seed, 'edits');
  const SLICE = 10_000;
  for (let start = 0; start < messages.length; start += SLICE) {
    const slice = messages.slice(start, start + SLICE);
    const edited = slice.filter(({ editedAt }) => editedAt > 0);
    await insertRows(client, 'posts', [
      ...slice.map(postRow),
      ...edited.map((message) => historyRow(message, random.id())),
    ]);
    await insertRows(client, 'reactions', slice.flatMap(reactionRows));
  }
  const threads = collectThreads(messages);
  await insertRows(client, 'threads', threads.map(threadRow));
  await insertRows(client, 'threadmemberships', threads.flatMap(threadMembershipRows));
}

function postRow(message: Message): Row {
  const { id, createdAt, editedAt, deletedAt, reactions, authorId, props } = message;
  return {
    id,
    createat: createdAt,
    updateat: Math.max(createdAt, editedAt, deletedAt, ...reactions.map(({ at }) => at)),
    deleteat: deletedAt,
    userid: authorId,
    channelid: message.channel.id,
    rootid: message.rootId,
    originalid: '',
    message: message.text,
    type: message.type,
    props: deletedAt > 0 ? { ...props, deleteBy: authorId } : props,
    hashtags: message.hashtags,
    filenames: '[]',
    fileids: JSON.stringify(message.fileIds),
    hasreactions: reactions.length > 0,
    editat: editedAt,
    ispinned: false,
    remoteid: null,
  };
}

/** An edit keeps the old words as a deleted row that points to the live one. */
function historyRow(message: Message, id: string): Row {
  return {
    ...postRow(message),
    id,
    originalid: message.id,
    message: message.textBefore,
    updateat: message.editedAt,
    deleteat: message.editedAt,
    editat: 0,
    hasreactions: false,
    props: message.props,
  };
}

function reactionRows({ id, channel, reactions }: Message): Row[] {
  return reactions.map(({ userId, emoji, at }) => ({
    userid: userId,
    postid: id,
    emojiname: emoji,
    createat: at,
    updateat: at,
    deleteat: 0,
    remoteid: '',
    channelid: channel.id,
  }));
}

interface Thread {
  readonly root: Message;
  readonly replies: Message[];
}

function collectThreads(messages: readonly Message[]): Thread[] {
  const roots = new Map<string, Message>();
  for (const message of messages) if (message.rootId === '') roots.set(message.id, message);
  const threads = new Map<string, Thread>();
  for (const reply of messages) {
    const root = roots.get(reply.rootId);
    if (root === undefined || reply.deletedAt > 0) continue;
    const thread = threads.get(root.id);
    if (thread) thread.replies.push(reply);
    else threads.set(root.id, { root, replies: [reply] });
  }
  return [...threads.values()];
}

function threadRow({ root, replies }: Thread): Row {
  return {
    postid: root.id,
    replycount: replies.length,
    lastreplyat: replies.at(-1)?.createdAt ?? 0,
    participants: [...new Set(replies.map(({ authorId }) => authorId))],
    channelid: root.channel.id,
    threaddeleteat: null,
    threadteamid: root.channel.teamId,
  };
}

/** Who started a thread, answered in it or was called in it follows it. */
function threadMembershipRows({ root, replies }: Thread): Row[] {
  const called = replies.flatMap(({ mentions }) => mentions);
  const followers = new Map<string, number>([[root.authorId, 0]]);
  for (const { authorId } of replies) followers.set(authorId, 0);
  for (const { id, username, bot } of root.channel.members) {
    const unread = called.filter((name) => name === username).length;
    if (unread > 0 && !bot) followers.set(id, followers.has(id) ? 0 : unread);
  }
  const last = replies.at(-1)?.createdAt ?? 0;
  return [...followers].map(([userId, unread]) => ({
    postid: root.id,
    userid: userId,
    following: true,
    lastviewed: unread > 0 ? root.createdAt : last,
    lastupdated: last,
    unreadmentions: unread,
  }));
}
