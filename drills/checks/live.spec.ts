import { randomBytes } from 'node:crypto';
import {
  checkOf,
  chooseChannel,
  enterChannel,
  expect,
  liveMessage,
  pairOf,
  postOf,
  readRun,
  sha256,
  test,
  ThreadPage,
  type Post,
  type Visitor,
} from '../../fixtures/index.ts';

const run = readRun();
const { first, second } = pairOf(run);
const LIVE = { suite: 'messages', code: 'MESSAGE_LOST', story: 'Messages after the recovery' } as const;

test('A new message is kept and shown', checkOf('messages.live-post', LIVE), async ({ check, visitors }) => {
  const visitor = await visitors.as(first ?? '');
  const { channel, message } = await arrive(visitor, 'post');
  await channel.send(message);
  const id = await cameBack(visitor, message);
  await visitor.page.reload();
  await expect(channel.text(id)).toHaveText(message);
  const kept = await visitor.api.get<Post>(`/posts/${id}`);
  check.saw({
    expected: 'the same text after the page was loaded anew',
    seen: kept.message === message ? 'the same text' : 'another text',
  });
  expect(kept.message).toBe(message);
});

test('A reply lands in its thread', checkOf('messages.live-reply', LIVE), async ({ check, visitors }) => {
  const visitor = await visitors.as(first ?? '');
  const { channel, message } = await arrive(visitor, 'thread');
  await channel.send(message);
  const root = await cameBack(visitor, message);
  await channel.openThread(root);
  const thread = new ThreadPage(visitor.page);
  const reply = liveMessage(run, 'reply');
  await thread.reply(reply);
  const id = await cameBack(visitor, reply);
  await expect(thread.post(id)).toBeVisible();
  const { root_id: rootId } = await visitor.api.get<Post>(`/posts/${id}`);
  check.saw({ expected: `a reply to ${root}`, seen: `a reply to ${rootId}` });
  expect(rootId).toBe(root);
});

test(
  "Another user's reaction appears at once and is kept",
  checkOf('messages.live-reaction', { ...LIVE, code: 'REACTION_LOST' }),
  async ({ check, visitors }) => {
    test.skip(second === undefined, 'It takes two members who sign in through the secondary provider.');
    const author = await visitors.as(first ?? '');
    const other = await visitors.as(second ?? '');
    const place = await chooseChannel(author.api, other.api);
    const channel = await enterChannel(author, place);
    const message = liveMessage(run, 'reaction');
    await channel.send(message);
    const postId = await cameBack(author, message);
    const { id: userId } = await other.api.get<{ id: string }>('/users/me');
    await other.api.post('/reactions', { user_id: userId, post_id: postId, emoji_name: 'white_check_mark' });
    await author.socket.waitFor('"reaction_added" event', ({ event, data }) => {
      return event === 'reaction_added' && String(data['reaction']).includes(postId);
    });
    await expect(channel.reaction(postId, 'white_check_mark')).toBeVisible();
    const kept = await author.api.get<{ user_id: string }[] | null>(`/posts/${postId}/reactions`);
    const isKept = kept?.some((reaction) => reaction.user_id === userId) ?? false;
    check.saw({
      expected: `the reaction by ${second} is shown to ${first}, and kept`,
      seen: `it is shown, without a reload, and ${isKept ? 'kept' : 'not kept'}`,
    });
    expect(isKept, 'the reaction is kept').toBe(true);
  },
);

test(
  'An edited message keeps its new text',
  checkOf('messages.live-edit', { ...LIVE, code: 'EDIT_LOST' }),
  async ({ check, visitors }) => {
    const visitor = await visitors.as(first ?? '');
    const { channel, message } = await arrive(visitor, 'edit');
    await channel.send(message);
    const id = await cameBack(visitor, message);
    const changed = `${message} changed`;
    await channel.editNewest(changed);
    await visitor.socket.waitFor(
      '"post_edited" event',
      (one) => one.event === 'post_edited' && postOf(one).id === id,
    );
    await expect(channel.editedMark(id)).toBeVisible();
    const kept = await visitor.api.get<Post>(`/posts/${id}`);
    check.saw({
      expected: 'the new text, marked as edited',
      seen: kept.message === changed ? 'the new text, marked' : 'the old text',
    });
    expect(kept.message).toBe(changed);
  },
);

test(
  'A file goes up and comes down again, byte for byte',
  checkOf('messages.live-file', { ...LIVE, code: 'FILE_LOST' }),
  async ({ check, visitors }) => {
    const visitor = await visitors.as(first ?? '');
    const reader = second === undefined ? visitor : await visitors.as(second);
    const { channel, message, place } = await arrive(visitor, 'file', reader);
    const buffer = randomBytes(48_000);
    await channel.sendFile(
      { name: 'muster-drill.bin', mimeType: 'application/octet-stream', buffer },
      message,
    );
    const id = await cameBack(visitor, message);
    const { file_ids: files = [] } = await visitor.api.get<{ file_ids?: string[] }>(`/posts/${id}`);
    const [file] = files;
    if (file === undefined) throw new Error('FILE_LOST: the message was sent without its file');
    const body = await reader.api.download(`/files/${file}`);
    check.saw({
      expected: `${buffer.length} bytes, SHA-256 ${sha256(buffer).slice(0, 12)}…`,
      seen: `${body.length} bytes, SHA-256 ${sha256(body).slice(0, 12)}… in ${place.channel}`,
    });
    expect(sha256(body), 'SHA-256 of the file').toBe(sha256(buffer));
  },
);

test(
  "A second user's browser receives a message over the WebSocket",
  checkOf('messages.live-second-user', { ...LIVE, code: 'EVENT_LOST' }),
  async ({ check, visitors }) => {
    test.skip(second === undefined, 'It takes two members who sign in through the secondary provider.');
    const sender = await visitors.as(first ?? '');
    const receiver = await visitors.as(second ?? '');
    const place = await chooseChannel(sender.api, receiver.api);
    const there = await enterChannel(receiver, place);
    const here = await enterChannel(sender, place);
    const message = liveMessage(run, 'to a second user');
    await here.send(message);
    const id = await cameBack(receiver, message);
    await expect(there.text(id)).toHaveText(message);
    check.saw({
      expected: `${second} sees the message of ${first} at once`,
      seen: 'it came over the WebSocket and is shown',
    });
  },
);

/** Where the visitor, and everybody who is to read along, may write. */
async function arrive(visitor: Visitor, what: string, ...readers: readonly Visitor[]) {
  const place = await chooseChannel(visitor.api, ...readers.map(({ api }) => api));
  const channel = await enterChannel(visitor, place);
  return { place, channel, message: liveMessage(run, what) };
}

/** The id under which a message has come back over the visitor's WebSocket. */
async function cameBack({ socket }: Visitor, message: string): Promise<string> {
  const event = await socket.waitFor(
    '"posted" event with the message',
    (one) => one.event === 'posted' && postOf(one).message === message,
  );
  return postOf(event).id;
}
