import type { App } from '../app.ts';
import { openDirectChannel } from '../channel-create.ts';
import { CHANNEL_COLUMNS, type ChannelRow } from '../channels.ts';
import { log } from '../log.ts';
import { createPost } from '../posts/create.ts';
import { fileIdsOf } from '../posts/post.ts';

// The official server gives up on a scheduled post that is later than this.
const MAX_LATE_MS = 24 * 3_600_000;

interface ScheduledRow {
  id: string;
  userid: string;
  channelid: string;
  rootid: string | null;
  message: string;
  fileids: string;
  props: string;
  priority: string | null;
  scheduledat: number;
  type: string | null;
}

/** Sends the scheduled posts whose time has come, also those that came with a restored database. */
export async function sendScheduledPosts(app: App): Promise<void> {
  const now = Date.now();
  // Taken away first: a post that fails is lost, but none is sent twice.
  const due = await app.db.rows<ScheduledRow>(
    `DELETE FROM scheduledposts WHERE scheduledat <= $1 AND scheduledat > $2 AND coalesce(processedat, 0) = 0
       AND coalesce(errorcode, '') = '' RETURNING id, userid, channelid, rootid, message, fileids, props, priority, scheduledat, type`,
    [now, now - MAX_LATE_MS],
  );
  for (const post of due) {
    try {
      const channel = await findChannelOfMember(app, post.channelid, post.userid);
      if (!channel) {
        await keepAsFailed(app, post);
        continue;
      }
      await createPost(app, {
        userId: post.userid,
        channel,
        message: post.message,
        rootId: post.rootid ?? '',
        fileIds: fileIdsOf(post),
      });
      log.info('Sent a scheduled post', { id: post.id, channel: channel.name });
    } catch (error) {
      log.error('A scheduled post could not be sent', { id: post.id, error });
    }
  }
}

/** Reminds users of posts, by a direct message from the system's bot. */
export async function sendReminders(app: App): Promise<void> {
  const due = await app.db.rows<{ postid: string; userid: string }>(
    'DELETE FROM postreminders WHERE targettime <= $1 RETURNING postid, userid',
    [Math.floor(Date.now() / 1000)],
  );
  if (due.length === 0) return;
  const bot = await app.db.one<{ id: string }>(`SELECT id FROM users WHERE username = 'system-bot'`);
  for (const { postid, userid } of due) {
    try {
      if (!bot) continue;
      const channel = await openDirectChannel(app, [bot.id, userid], bot.id);
      const link = `${app.settings.ServiceSettings.SiteURL}/_redirect/pl/${postid}`;
      await createPost(app, {
        userId: bot.id,
        channel,
        message: `Hi there, here's your reminder about this message: ${link}`,
      });
    } catch (error) {
      log.error('A reminder could not be sent', { post: postid, error });
    }
  }
}

/** The channel, if it is open and its author is an active member of it. */
function findChannelOfMember(app: App, id: string, userId: string): Promise<ChannelRow | undefined> {
  return app.db.one<ChannelRow>(
    `SELECT ${CHANNEL_COLUMNS} FROM channels c JOIN channelmembers m ON m.channelid = c.id AND m.userid = $2
     JOIN users u ON u.id = m.userid AND u.deleteat = 0 WHERE c.id = $1 AND c.deleteat = 0`,
    [id, userId],
  );
}

/** Shown to its author as one that may not be sent. */
async function keepAsFailed(app: App, post: ScheduledRow): Promise<void> {
  await app.db.rows(
    `INSERT INTO scheduledposts (id, createat, updateat, userid, channelid, rootid, message, props, fileids, priority,
       scheduledat, processedat, errorcode, type)
     VALUES ($1, $2, $2, $3, $4, $5, $6, $7, $8, $9, $10, $2, 'no_channel_permission', $11)`,
    [
      post.id,
      Date.now(),
      post.userid,
      post.channelid,
      post.rootid,
      post.message,
      post.props,
      post.fileids,
      post.priority,
      post.scheduledat,
      post.type,
    ],
  );
}
