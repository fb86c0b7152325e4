import {
  ChannelPage,
  checkOf,
  expect,
  findReader,
  memberOf,
  readableWord,
  readRun,
  sha256,
  test,
  ThreadPage,
  usernamesOf,
  type Post,
  type Visitor,
} from '../../fixtures/index.ts';

const run = readRun();
const { samples } = run.facts;
const HISTORIC = {
  suite: 'messages',
  code: 'MESSAGE_LOST',
  story: 'Messages from before the outage',
} as const;

test(
  'The newest canary message from before the outage is there',
  checkOf('messages.newest-canary', HISTORIC),
  async ({ check, visitors }) => {
    const canary = samples.newestCanary;
    test.skip(!canary, 'The audit found no canary message in the restored database.');
    if (!canary) return;
    const reader = await findReader(run, visitors, `/posts/${canary.id}`);
    if (!reader) throw new Error('MESSAGE_LOST: no drill user can read the newest canary message');
    const post = await reader.api.get<Post>(`/posts/${canary.id}`);
    await new ChannelPage(reader.page).gotoPost(canary.team, canary.id);
    check.saw({
      expected: `the canary of ${time(canary.createAt)}, word for word`,
      seen: `a message of ${time(post.create_at)} in ${canary.team}/${canary.channel}, read by ${reader.username}`,
    });
    expect(sha256(post.message), 'SHA-256 of the text').toBe(canary.messageSha256);
    expect(post.create_at).toBe(canary.createAt);
  },
);

test(
  'Messages of all times and channels are there, word for word',
  checkOf('messages.samples', HISTORIC),
  async ({ check, visitors }) => {
    test.skip(samples.posts.length === 0, 'The audit chose no sample messages from the restored database.');
    test.setTimeout(60_000 + samples.posts.length * 15_000);
    const known = new Map<string, Visitor>();
    const problems: string[] = [];
    for (const sample of samples.posts) {
      const reader = await findReader(run, visitors, `/posts/${sample.id}`, known);
      if (!reader) {
        problems.push(`${sample.id} cannot be read by any drill user`);
        continue;
      }
      const post = await reader.api.get<Post>(`/posts/${sample.id}`);
      if (sha256(post.message) !== sample.messageSha256) problems.push(`${sample.id} has another text`);
      if (post.user_id !== sample.userId) problems.push(`${sample.id} has another author`);
      const shown = await new ChannelPage(reader.page)
        .gotoPost(sample.team, sample.id)
        .catch(() => undefined);
      const word = readableWord(post.message);
      const text = (await shown?.textContent()) ?? undefined;
      if (text === undefined) problems.push(`${sample.id} is not shown at its permalink`);
      else if (word !== undefined && !text.includes(word))
        problems.push(`${sample.id} is shown with another text`);
    }
    const channels = new Set(samples.posts.map(({ channelId }) => channelId)).size;
    const times = samples.posts.map(({ createAt }) => createAt);
    check.saw({
      expected: `${samples.posts.length} messages from ${channels} channels, ${time(Math.min(...times))} to ${time(Math.max(...times))}`,
      seen: problems.length === 0 ? `all ${samples.posts.length} of them` : problems.join('; '),
    });
    expect(problems).toEqual([]);
  },
);

test(
  'A thread is there with its replies and reactions',
  checkOf('messages.thread', HISTORIC),
  async ({ check, visitors }) => {
    const { thread } = samples;
    test.skip(!thread, 'The audit found no thread in the restored database.');
    if (!thread) return;
    const reader = await findReader(run, visitors, `/posts/${thread.id}`);
    if (!reader) throw new Error('MESSAGE_LOST: no drill user can read the thread');
    const { posts } = await reader.api.get<{ posts: Record<string, Post> }>(`/posts/${thread.id}/thread`);
    const reactions = await reader.api.get<{ emoji_name: string }[] | null>(`/posts/${thread.id}/reactions`);
    const replies = thread.replies.filter((id) => posts[id]?.root_id === thread.id);
    const emoji = new Set(reactions?.map((reaction) => reaction.emoji_name));
    const kept = thread.reactions.filter((name) => emoji.has(name));

    const channel = new ChannelPage(reader.page);
    await channel.gotoPost(thread.team, thread.id);
    await channel.openThread(thread.id);
    const newest = thread.replies.at(-1);
    if (newest !== undefined) await expect(new ThreadPage(reader.page).post(newest)).toBeVisible();
    check.saw({
      expected: `${thread.replies.length} replies and ${thread.reactions.length} kinds of reactions`,
      seen: `${replies.length} replies and ${kept.length} kinds of reactions`,
    });
    expect(sha256(posts[thread.id]?.message ?? ''), 'SHA-256 of the first message').toBe(
      thread.messageSha256,
    );
    expect(replies).toEqual(thread.replies);
    expect(kept).toEqual(thread.reactions);
  },
);

test(
  'An edited message shows its newest text, marked as edited',
  checkOf('messages.edited', HISTORIC),
  async ({ check, visitors }) => {
    const { edited } = samples;
    test.skip(!edited, 'The audit found no edited message in the restored database.');
    if (!edited) return;
    const reader = await findReader(run, visitors, `/posts/${edited.id}`);
    if (!reader) throw new Error('MESSAGE_LOST: no drill user can read the edited message');
    const post = await reader.api.get<Post>(`/posts/${edited.id}`);
    const channel = new ChannelPage(reader.page);
    await channel.gotoPost(edited.team, edited.id);
    await expect(channel.editedMark(edited.id)).toBeVisible();
    check.saw({
      expected: 'the newest text, and a mark beside it',
      seen: `a text edited on ${time(post.edit_at)}, and the mark`,
    });
    expect(sha256(post.message), 'SHA-256 of the text').toBe(edited.messageSha256);
    expect(post.edit_at, 'time of the edit').toBeGreaterThan(0);
  },
);

test(
  'A file comes back byte for byte',
  checkOf('messages.file', { ...HISTORIC, code: 'FILE_LOST' }),
  async ({ check, visitors }) => {
    const { file } = samples;
    test.skip(!file, 'The audit found no file in the restored copy.');
    if (!file) return;
    const reader = await findReader(run, visitors, `/files/${file.id}/info`);
    if (!reader) throw new Error('FILE_LOST: no drill user can see the file');
    const body = await reader.api.download(`/files/${file.id}`);
    await new ChannelPage(reader.page).gotoPost(file.team, file.postId).catch(() => undefined);
    check.saw({
      expected: `${file.size} bytes, SHA-256 ${file.sha256.slice(0, 12)}… as in the backup`,
      seen: `${body.length} bytes, SHA-256 ${sha256(body).slice(0, 12)}…`,
    });
    expect(sha256(body), 'SHA-256 of the file').toBe(file.sha256);
  },
);

test(
  'A direct message is seen by its members and by nobody else',
  checkOf('messages.direct', { ...HISTORIC, code: 'PRIVACY_LOST' }),
  async ({ check, visitors }) => {
    const { direct } = samples;
    test.skip(!direct, 'The audit found no direct message of a drill user in the restored database.');
    if (!direct) return;
    const members = usernamesOf(run, 'member', 'admin', 'break-glass').map((name) => memberOf(run, name));
    const insider = members.find(({ before }) => before && direct.memberIds.includes(before.id));
    // A system administrator may read all there is, so his view proves nothing.
    const outsider = members.find(
      ({ before }) =>
        before && !direct.memberIds.includes(before.id) && !before.roles.split(' ').includes('system_admin'),
    );
    test.skip(!insider, 'No drill user is a member of the direct message that the audit chose.');
    test.skip(!outsider, 'Every drill user is a member of the direct message, or an administrator.');
    if (!insider || !outsider) return;

    const stranger = await visitors.as(outsider.username);
    const refusals = [
      await stranger.api.ask(`/posts/${direct.postId}`),
      await stranger.api.ask(`/channels/${direct.channelId}/posts`),
    ].map(({ status }) => status);
    const { api, page } = await visitors.as(insider.username);
    const post = await api.get<Post>(`/posts/${direct.postId}`);
    const [team] = await api.get<{ name: string }[]>('/users/me/teams');
    if (team) await new ChannelPage(page).gotoPost(team.name, direct.postId);
    check.saw({
      expected: `${insider.username} reads it; ${outsider.username} is refused (403 or 404)`,
      seen: `${insider.username} reads it; ${outsider.username} was answered ${refusals.join(' and ')}`,
    });
    expect(sha256(post.message), 'SHA-256 of the text').toBe(direct.messageSha256);
    for (const status of refusals) expect([403, 404]).toContain(status);
  },
);

function time(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
