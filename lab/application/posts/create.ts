import type { App } from '../app.ts';
import { usernameOf } from '../accounts/usernames.ts';
import type { ChannelRow } from '../channels.ts';
import { ApiError } from '../http/api-error.ts';
import { newId } from '../ids.ts';
import { log } from '../log.ts';
import { broadcastTo } from '../websocket/hub.ts';
import { findPosts } from './lists.ts';
import { findHashtags, findMentioned, type MentionedUser } from './mentions.ts';
import { describePost } from './metadata.ts';
import type { PostRow } from './post.ts';
import { findFollowers, publishThreadUpdate } from './followers.ts';

export interface NewPost {
  readonly userId: string;
  readonly channel: ChannelRow;
  readonly message: string;
  readonly rootId?: string;
  readonly fileIds?: readonly string[];
  readonly props?: Record<string, unknown>;
  readonly type?: string;
  readonly pendingPostId?: string;
  /** Only admins choose the time, for imports. */
  readonly createAt?: number;
}

// The official server's limit for databases whose message column is varchar(65535): a quarter of its bytes.
const MAX_CHARACTERS = 16_383;

/** Posts a message: the row, every counter that follows from it, the event, and what it sets off outside. */
export async function createPost(app: App, post: NewPost): Promise<Record<string, unknown>> {
  verifyContent(post);
  const root = await findRoot(app, post);
  const row = await insert(app, post, root);
  const mentioned = await findMentioned(app, post.channel, post.message, post.userId);
  const [senderName, described] = await Promise.all([
    usernameOf(app, post.userId),
    describePost(app, { ...row, replycount: root ? root.replycount + 1 : 0 }),
  ]);
  const json = { ...described, pending_post_id: post.pendingPostId ?? '' };
  await publishPosted(app, post, json, senderName, mentioned);
  // Whoever posted waits for none of this.
  settle(app, post, row, senderName, mentioned).catch((error: unknown) => {
    log.error(`What follows from post ${row.id} failed`, { error });
  });
  return json;
}

function verifyContent({ message, fileIds = [] }: NewPost): void {
  if (message.trim() === '' && fileIds.length === 0) {
    throw new ApiError(
      400,
      'api.context.invalid_body_param.app_error',
      'Invalid or missing message in request body.',
    );
  }
  if ([...message].length > MAX_CHARACTERS) {
    throw new ApiError(
      400,
      'model.post.is_valid.message_length.app_error',
      'Post message property is longer than the maximum permitted length.',
    );
  }
}

async function findRoot(app: App, { rootId, channel }: NewPost): Promise<PostRow | undefined> {
  if (!rootId) return undefined;
  const [root] = await findPosts(app, [rootId]);
  if (!root || root.channelid !== channel.id || root.rootid !== '') {
    throw new ApiError(400, 'api.post.create_post.root_id.app_error', 'Invalid RootId parameter.');
  }
  return root;
}

async function insert(app: App, post: NewPost, root: PostRow | undefined): Promise<PostRow> {
  const now = post.createAt ?? Date.now();
  const row: PostRow = {
    id: newId(),
    createat: now,
    updateat: now,
    editat: 0,
    deleteat: 0,
    userid: post.userId,
    channelid: post.channel.id,
    rootid: root?.id ?? '',
    originalid: '',
    message: post.message,
    type: post.type ?? '',
    props: post.props ?? {},
    hashtags: findHashtags(post.message),
    fileids: '[]',
    hasreactions: false,
    ispinned: false,
    remoteid: '',
    replycount: 0,
  };
  if (post.fileIds?.length) {
    row.fileids = JSON.stringify(await attachFiles(app, row, post.fileIds));
  }
  await app.db.rows(INSERT_POST, [
    row.id,
    now,
    row.userid,
    row.channelid,
    row.rootid,
    row.message,
    row.type,
    JSON.stringify(row.props),
    row.hashtags,
    row.fileids,
    post.channel.teamid,
  ]);
  if (root) await follow(app, root, row);
  return row;
}

// One statement, so that a post and its counters are there together or not at all, for one round trip.
const INSERT_POST = `
  WITH new_post AS (
    INSERT INTO posts (id, createat, updateat, editat, deleteat, ispinned, userid, channelid, rootid, originalid, message,
      type, props, hashtags, filenames, fileids, hasreactions, remoteid)
    VALUES ($1::text, $2::bigint, $2::bigint, 0, 0, false, $3::text, $4::text, $5::text, '', $6, $7::text, $8::jsonb, $9, '[]', $10, false, '')
  ), root AS (
    UPDATE posts SET updateat = $2::bigint WHERE id = $5::text AND $5::text <> ''
  ), thread AS (
    INSERT INTO threads (postid, replycount, lastreplyat, participants, channelid, threaddeleteat, threadteamid)
    SELECT $5::text, 1, $2::bigint, jsonb_build_array($3::text), $4::text, NULL, $11::text WHERE $5::text <> ''
    ON CONFLICT (postid) DO UPDATE SET replycount = threads.replycount + 1, lastreplyat = greatest(threads.lastreplyat, $2::bigint),
      participants = CASE WHEN threads.participants ? $3::text THEN threads.participants
        ELSE coalesce(threads.participants, '[]') || to_jsonb($3::text) END
  ), channel AS (
    UPDATE channels SET lastpostat = greatest(lastpostat, $2::bigint),
      lastrootpostat = CASE WHEN $5::text = '' THEN greatest(lastrootpostat, $2::bigint) ELSE lastrootpostat END,
      totalmsgcount = totalmsgcount + CASE WHEN $7::text ~ '^system_(join|leave|add|remove)' THEN 0 ELSE 1 END,
      totalmsgcountroot = totalmsgcountroot + CASE WHEN $5::text <> '' OR $7::text ~ '^system_(join|leave|add|remove)' THEN 0 ELSE 1 END
    WHERE id = $4::text RETURNING id, totalmsgcount, totalmsgcountroot
  )
  UPDATE channelmembers m SET msgcount = channel.totalmsgcount, msgcountroot = channel.totalmsgcountroot, mentioncount = 0,
    mentioncountroot = 0, lastviewedat = greatest(m.lastviewedat, $2::bigint), lastupdateat = greatest(m.lastupdateat, $2::bigint)
  FROM channel WHERE m.channelid = channel.id AND m.userid = $3::text`;

async function attachFiles(app: App, row: PostRow, fileIds: readonly string[]): Promise<string[]> {
  const attached = await app.db.rows<{ id: string }>(
    `UPDATE fileinfo SET postid = $1, channelid = $2 WHERE id = ANY($3) AND creatorid = $4 AND postid = '' RETURNING id`,
    [row.id, row.channelid, fileIds, row.userid],
  );
  const found = new Set(attached.map(({ id }) => id));
  return fileIds.filter((id) => found.has(id));
}

/** Who replies follows the thread from then on, and so does whoever started it. */
async function follow(app: App, root: PostRow, reply: PostRow): Promise<void> {
  await app.db.rows(
    `INSERT INTO threadmemberships (postid, userid, following, lastviewed, lastupdated, unreadmentions)
     SELECT $1::text, follower.id, true, max(follower.viewed), $3::bigint, 0
     FROM (VALUES ($2::text, $3::bigint), ($4::text, 0::bigint)) AS follower (id, viewed) GROUP BY follower.id
     ON CONFLICT (postid, userid) DO UPDATE SET
       lastviewed = greatest(threadmemberships.lastviewed, excluded.lastviewed), lastupdated = excluded.lastupdated,
       following = threadmemberships.following OR excluded.lastviewed > 0`,
    [root.id, reply.userid, reply.createat, root.userid],
  );
}

async function publishPosted(
  app: App,
  { userId, channel, rootId }: NewPost,
  json: Record<string, unknown>,
  senderName: string,
  mentioned: readonly MentionedUser[],
): Promise<void> {
  const called = new Set(mentioned.map(({ id }) => id));
  const followers = rootId
    ? new Set((await findFollowers(app, rootId)).map(({ userid }) => userid))
    : undefined;
  await app.hub.publish(
    {
      event: 'posted',
      data: {
        channel_display_name: channel.type === 'D' ? `@${senderName}` : channel.displayname,
        channel_name: channel.name,
        channel_type: channel.type,
        post: JSON.stringify(json),
        sender_name: `@${senderName}`,
        set_online: true,
        team_id: channel.teamid,
      },
      broadcast: broadcastTo({ channel_id: channel.id }),
    },
    (receiver) => ({
      ...(called.has(receiver) && { mentions: JSON.stringify([receiver]) }),
      ...(receiver !== userId && followers?.has(receiver) && { followers: JSON.stringify([receiver]) }),
    }),
  );
  await app.hub.publish({
    event: 'multiple_channels_viewed',
    data: { channel_times: { [channel.id]: json['create_at'] } },
    broadcast: broadcastTo({ user_id: userId }),
  });
}

async function settle(
  app: App,
  { channel }: NewPost,
  row: PostRow,
  senderName: string,
  mentioned: readonly MentionedUser[],
): Promise<void> {
  const ids = mentioned.map(({ id }) => id);
  if (ids.length > 0) {
    await app.db.rows(
      `UPDATE channelmembers SET mentioncount = mentioncount + 1,
         mentioncountroot = mentioncountroot + CASE WHEN $3 THEN 1 ELSE 0 END WHERE channelid = $1 AND userid = ANY($2)`,
      [channel.id, ids, row.rootid === ''],
    );
  }
  if (row.rootid) {
    if (ids.length > 0) {
      await app.db.rows(
        `INSERT INTO threadmemberships (postid, userid, following, lastviewed, lastupdated, unreadmentions)
         SELECT $1::text, id, true, 0, $3::bigint, 1 FROM unnest($2::text[]) AS id
         ON CONFLICT (postid, userid) DO UPDATE SET following = true, lastupdated = $3::bigint,
           unreadmentions = threadmemberships.unreadmentions + 1`,
        [row.rootid, ids, row.createat],
      );
    }
    await publishThreadUpdate(app, row.rootid);
  }
  if (await app.statuses.touch(row.userid)) {
    await app.hub.publish({
      event: 'status_change',
      data: { status: 'online', user_id: row.userid },
      broadcast: broadcastTo({ user_id: row.userid }),
    });
  }
  if (row.type === '') await app.outbound.postCreated({ row, channel, senderName, mentioned });
}
