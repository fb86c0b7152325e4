import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BACKUPS, call, openDumpSite, signIn, SKIP_REASON, type DumpSite } from './dump-site.ts';
import { openSocket, type Frame } from './socket-client.ts';

const CHANNEL = 'o18x4gaa3idy7yb8udtez3emmc';
const OTHER_TEAMS_CHANNEL = 'kmupqc7zq3fptbsuh3jmha714r';
const ROOT = 'iw6w7i3cujf1febz4n7uq1spfr';

describe.skipIf(!BACKUPS)(`live events and counters ${BACKUPS ? '' : `(${SKIP_REASON})`}`, () => {
  let site: DumpSite;
  let heidi = '';
  let ivan = '';
  beforeAll(async () => {
    site = await openDumpSite();
    await site.start({ MM_SERVICESETTINGS_SITEURL: 'https://chat.ops.example' });
    [heidi, ivan] = await Promise.all([signIn(site, 'heidi'), signIn(site, 'ivan')]);
  }, 60_000);
  afterAll(() => site?.[Symbol.asyncDispose](), 30_000);

  const send = async (token: string, body: object) => {
    const { status, body: post } = await call<{ id: string; create_at: number }>(
      site,
      'POST',
      '/api/v4/posts',
      { token, body },
    );
    expect(status).toBe(201);
    return post;
  };

  it('sends the frames that the official server was recorded sending', async () => {
    const recorded = JSON.parse(
      readFileSync(path.join(BACKUPS ?? '', 'mattermost-11.6/api/73-websocket.json'), 'utf8'),
    ) as {
      frames: { dir: string; frame: Frame }[];
    };
    const watcher = await openSocket(site, heidi);
    await watcher.find(({ seq_reply: reply }) => reply === 1);
    const typist = await openSocket(site, ivan);
    await typist.find(({ seq_reply: reply }) => reply === 1);
    typist.send({ seq: 2, action: 'user_typing', data: { channel_id: CHANNEL, parent_id: '' } });
    await watcher.find(({ event }) => event === 'typing');
    const post = await send(ivan, { channel_id: CHANNEL, message: '@heidi drill websocket post' });
    const user_id = 'u4cwxwqmbtydug83hzdu9xox6h';
    await call(site, 'POST', '/api/v4/reactions', {
      token: ivan,
      body: { user_id, post_id: post.id, emoji_name: 'tada' },
    });
    await call(site, 'PUT', `/api/v4/posts/${post.id}/patch`, {
      token: ivan,
      body: { message: '@heidi drill websocket post (changed)' },
    });
    await send(ivan, { channel_id: CHANNEL, root_id: ROOT, message: 'drill reply in a followed thread' });
    await watcher.find(({ event }) => event === 'thread_updated');
    await send(heidi, { channel_id: CHANNEL, message: 'drill own post' });
    await call(site, 'DELETE', `/api/v4/posts/${post.id}`, { token: ivan });
    await watcher.find(({ event }) => event === 'post_deleted');
    watcher.send({ seq: 2, action: 'ping' });
    await watcher.find(({ seq_reply: reply }) => reply === 2);
    watcher.close();
    typist.close();

    // status_change is left out: whether it is sent depends on who was online before.
    const ours = watcher.frames.filter(({ event }) => event !== 'status_change');
    const theirs = recorded.frames.filter(({ dir }) => dir === 'server').map(({ frame }) => frame);
    expect(ours.map(shape)).toEqual(theirs.map(shape));
    expect(watcher.frames.flatMap(({ seq }) => seq ?? [])).toEqual(
      watcher.frames.flatMap(({ seq }) => seq ?? []).map((_, index) => index),
    );
  }, 30_000);

  it('tells only the members of a channel, and both sides of a direct message', async () => {
    const [sockets, judged] = await Promise.all([
      Promise.all([heidi, ivan].map((token) => openSocket(site, token))),
      signIn(site, 'responder13').then((token) => openSocket(site, token)),
    ]);
    const everyone = [...sockets, judged];
    await Promise.all(everyone.map((socket) => socket.find(({ seq_reply: reply }) => reply === 1)));
    const direct = await call<{ id: string }>(site, 'POST', '/api/v4/channels/direct', {
      token: heidi,
      body: ['tufg1igzgpyfxjhytwdh7pxgby', 'u4cwxwqmbtydug83hzdu9xox6h'],
    });
    const { id } = await send(heidi, { channel_id: direct.body.id, message: 'between us' });
    const isIt = ({ event, data }: Frame) => event === 'posted' && String(data?.['post']).includes(id);
    await Promise.all(sockets.map((socket) => socket.find(isIt)));
    judged.send({ seq: 9, action: 'ping' });
    await judged.find(({ seq_reply: reply }) => reply === 9);
    expect(judged.frames.some(isIt)).toBe(false);
    for (const socket of everyone) socket.close();
  }, 20_000);

  it('closes a socket with a bad token without an error frame', async () => {
    const socket = await openSocket(site, 'not-a-token');
    await socket.closed;
    expect(socket.frames).toEqual([]);
  });

  it.each([
    ['https://chat.ops.example', true],
    ['https://evil.example', false],
  ])('meets a page of %s with %s', async (origin, isTaken) => {
    const opening = openSocket(site, heidi, { Origin: origin });
    if (!isTaken) return expect(opening).rejects.toThrow('403');
    const socket = await opening;
    await socket.find(({ event }) => event === 'hello');
    socket.close();
  });

  it('keeps the counters that an audit adds up', async () => {
    const counters = async () =>
      (
        await site.db.query(
          'SELECT totalmsgcount::int, totalmsgcountroot::int, lastpostat::float8 FROM channels WHERE id = $1',
          [CHANNEL],
        )
      ).rows[0] as Record<string, number>;
    const before = await counters();
    const root = await send(heidi, { channel_id: CHANNEL, message: 'counted root #counted' });
    const reply = await send(ivan, {
      channel_id: CHANNEL,
      root_id: root.id,
      message: 'counted reply @heidi',
    });
    expect(await counters()).toEqual({
      totalmsgcount: (before['totalmsgcount'] ?? 0) + 2,
      totalmsgcountroot: (before['totalmsgcountroot'] ?? 0) + 1,
      lastpostat: reply.create_at,
    });
    const { rows: threads } = await site.db.query(
      'SELECT replycount::int, lastreplyat::float8, participants FROM threads WHERE postid = $1',
      [root.id],
    );
    expect(threads).toEqual([
      { replycount: 1, lastreplyat: reply.create_at, participants: ['u4cwxwqmbtydug83hzdu9xox6h'] },
    ]);
    await call(site, 'PUT', `/api/v4/posts/${root.id}/patch`, {
      token: heidi,
      body: { message: 'changed root' },
    });
    const { rows: history } = await site.db.query(
      'SELECT message, deleteat > 0 AS deleted FROM posts WHERE originalid = $1',
      [root.id],
    );
    expect(history).toEqual([{ message: 'counted root #counted', deleted: true }]);
    await call(site, 'DELETE', `/api/v4/posts/${reply.id}`, { token: ivan });
    const { rows: left } = await site.db.query(
      'SELECT replycount::int, participants FROM threads WHERE postid = $1',
      [root.id],
    );
    expect(left).toEqual([{ replycount: 0, participants: [] }]);
  });

  it('refuses to post where one is no member, and to change what others wrote', async () => {
    const foreign = await call(site, 'POST', '/api/v4/posts', {
      token: heidi,
      body: { channel_id: OTHER_TEAMS_CHANNEL, message: 'no' },
    });
    const others = await call(site, 'PUT', `/api/v4/posts/${ROOT}/patch`, {
      token: heidi,
      body: { message: 'no' },
    });
    expect([foreign.status, others.status]).toEqual([403, 403]);
  });

  it('answers what it does not know with a 404 in the same form as the official server', async () => {
    const { status, body } = await call(site, 'GET', '/api/v4/nothing/here', { token: heidi });
    expect([status, Object.keys(body).toSorted()]).toEqual([
      404,
      ['detailed_error', 'id', 'message', 'request_id', 'status_code'],
    ]);
  });

  it('takes what a browser writes only with the token of its own page', async () => {
    const login = await call(site, 'POST', '/api/v4/users/login', {
      headers: { 'X-Requested-With': 'XMLHttpRequest' },
      body: { login_id: 'heidi', password: 'Drill-User-2026!' },
    });
    const cookies = login.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '');
    const csrf = cookies.find((cookie) => cookie.startsWith('MMCSRF='))?.slice(7) ?? '';
    const post = (headers: Record<string, string>) =>
      call(site, 'POST', '/api/v4/posts', {
        headers: { cookie: cookies.join('; '), ...headers },
        body: { channel_id: CHANNEL, message: 'by cookie' },
      });
    expect((await post({})).status).toBe(401);
    expect((await post({ 'X-CSRF-Token': csrf })).status).toBe(201);
  });
});

/** A frame by its names: event, fields, and the fields of the post, reaction or thread that it carries as text. */
function shape(frame: Frame): unknown {
  const data = Object.fromEntries(
    Object.entries(frame.data ?? {}).map(([name, value]) => [
      name,
      typeof value === 'string' && value.startsWith('{')
        ? Object.keys(JSON.parse(value) as object)
        : typeof value,
    ]),
  );
  const { event, status, seq_reply: reply, broadcast } = frame;
  return {
    event,
    status,
    reply,
    data,
    broadcast:
      broadcast &&
      Object.fromEntries(
        Object.entries(broadcast).map(([name, value]) => [name, value === '' ? '' : typeof value]),
      ),
  };
}
