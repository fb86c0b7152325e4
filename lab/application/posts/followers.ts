import type { App } from '../app.ts';
import { broadcastTo } from '../websocket/hub.ts';
import { threadsJson, SELECT_THREADS, type ThreadRow } from './threads-of-user.ts';

export interface Follower {
  readonly userid: string;
}

export function findFollowers(app: App, rootId: string): Promise<Follower[]> {
  return app.db.rows<Follower>('SELECT userid FROM threadmemberships WHERE postid = $1 AND following', [
    rootId,
  ]);
}

/** Tells those who follow a thread and are connected how it stands for them. */
export async function publishThreadUpdate(app: App, rootId: string): Promise<void> {
  const connected = (await findFollowers(app, rootId))
    .map(({ userid }) => userid)
    .filter((id) => app.hub.isConnected(id));
  if (connected.length === 0) return;
  const rows = await app.db.rows<ThreadRow & { userid: string }>(
    `${SELECT_THREADS} WHERE m.postid = $1 AND m.userid = ANY($2) AND m.following`,
    [rootId, connected],
  );
  const described = await threadsJson(app, rows, { extended: true });
  for (const [index, row] of rows.entries()) {
    await app.hub.publish({
      event: 'thread_updated',
      data: {
        previous_unread_mentions: 0,
        previous_unread_replies: Math.max(0, row.unreadreplies - 1),
        thread: JSON.stringify(described[index]),
      },
      broadcast: broadcastTo({ user_id: row.userid, team_id: row.threadteamid }),
    });
  }
}
