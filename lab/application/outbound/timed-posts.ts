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
}

/** Sends the scheduled posts whose time has come, also those that came with a restored database. */
export async function sendScheduledPosts(app: App): Promise<void> {
  const now = Date.now();
  // Taken away first: a post that fails is lost, but none is sent twice.
  const due = await app.db.rows<ScheduledRow>(
    `DELETE FROM scheduledposts WHERE scheduledat <= $1 AND scheduledat > $2 AND coalesce(processedat, 0) = 0
       AND coalesce(errorcode, '') = '' RETURNING id, userid, channelid, rootid, message, fileids`,
    [now, now - MAX_LATE_MS],
  );
  for (const post of due) {
    try {
      const channel = await findChannel(app, post.channelid);
      if (!channel) continue;
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

function findChannel(app: App, id: string): Promise<ChannelRow | undefined> {
  return app.db.one<ChannelRow>(
    `SELECT ${CHANNEL_COLUMNS} FROM channels c WHERE c.id = $1 AND c.deleteat = 0`,
    [id],
  );
}
