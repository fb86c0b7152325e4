import type { App } from './app.ts';
import { CHANNEL_COLUMNS, type ChannelRow } from './channels.ts';
import { newId } from './ids.ts';
import { createHash } from 'node:crypto';
import { broadcastTo } from './websocket/hub.ts';

const NOTIFY_PROPS = {
  desktop: 'default',
  email: 'default',
  push: 'default',
  mark_unread: 'all',
  ignore_channel_mentions: 'default',
  channel_auto_follow_threads: 'off',
};

/** The direct channel of two users, made when it is not there yet. */
export async function openDirectChannel(
  app: App,
  users: readonly [string, string],
  creatorId: string,
): Promise<ChannelRow> {
  const name = users.toSorted().join('__');
  return (
    (await findByName(app, name)) ??
    create(app, { type: 'D', name, displayName: '', creatorId, userIds: [...new Set(users)] })
  );
}

/** The group channel of these users; its name is a hash of their ids, so the same people always meet in one place. */
export async function openGroupChannel(
  app: App,
  users: readonly string[],
  creatorId: string,
): Promise<ChannelRow> {
  const name = createHash('sha1').update(users.toSorted().join('')).digest('hex');
  const existing = await findByName(app, name);
  if (existing) return existing;
  const names = await app.db.rows<{ username: string }>(
    'SELECT username FROM users WHERE id = ANY($1) ORDER BY username',
    [users],
  );
  const displayName = names
    .map(({ username }) => username)
    .join(', ')
    .slice(0, 64);
  return create(app, { type: 'G', name, displayName, creatorId, userIds: users });
}

export interface NewChannel {
  readonly type: ChannelRow['type'];
  readonly name: string;
  readonly displayName: string;
  readonly creatorId: string;
  readonly userIds: readonly string[];
  readonly teamId?: string;
  readonly header?: string;
  readonly purpose?: string;
}

/** Makes a channel with its first members; the first one of a team channel is its admin. */
export async function create(app: App, channel: NewChannel): Promise<ChannelRow> {
  const now = Date.now();
  const id = newId();
  const isDirect = channel.type === 'D' || channel.type === 'G';
  await app.db.transaction(async (db) => {
    await db.rows(
      `INSERT INTO channels (id, createat, updateat, deleteat, teamid, type, displayname, name, header, purpose, lastpostat,
         totalmsgcount, extraupdateat, creatorid, shared, totalmsgcountroot, lastrootpostat, defaultcategoryname, autotranslation)
       VALUES ($1, $2, $2, 0, $3, $4, $5, $6, $7, $8, 0, 0, 0, $9, $10, 0, 0, '', false)`,
      [
        id,
        now,
        channel.teamId ?? '',
        channel.type,
        channel.displayName,
        channel.name,
        channel.header ?? '',
        channel.purpose ?? '',
        channel.creatorId,
        isDirect ? false : null,
      ],
    );
    if (channel.type === 'O') {
      await db.rows(
        'INSERT INTO publicchannels (id, deleteat, teamid, displayname, name, header, purpose) VALUES ($1, 0, $2, $3, $4, $5, $6)',
        [
          id,
          channel.teamId ?? '',
          channel.displayName,
          channel.name,
          channel.header ?? '',
          channel.purpose ?? '',
        ],
      );
    }
    for (const userId of channel.userIds)
      await insertMember(db, id, userId, now, !isDirect && userId === channel.creatorId);
  });
  const row = await app.db.one<ChannelRow>(`SELECT ${CHANNEL_COLUMNS} FROM channels c WHERE c.id = $1`, [id]);
  if (!row) throw new Error(`channel ${id} is gone right after it was made`);
  await announce(app, row, channel.userIds);
  return row;
}

/** Adds a user to a channel, with nothing unread. */
export async function addMember(app: App, channel: ChannelRow, userId: string): Promise<void> {
  await insertMember(app.db, channel.id, userId, Date.now(), false);
  app.hub.forgetMembers(channel.id);
  await app.hub.publish({
    event: 'user_added',
    data: { team_id: channel.teamid, user_id: userId },
    broadcast: broadcastTo({ channel_id: channel.id }),
  });
}

async function insertMember(
  db: Pick<App['db'], 'rows'>,
  channelId: string,
  userId: string,
  now: number,
  isAdmin: boolean,
): Promise<void> {
  const added = await db.rows(
    `INSERT INTO channelmembers (channelid, userid, roles, lastviewedat, msgcount, mentioncount, notifyprops, lastupdateat,
       schemeuser, schemeadmin, schemeguest, mentioncountroot, msgcountroot, urgentmentioncount, autotranslation,
       autotranslationdisabled)
     SELECT $1::text, $2::text, '', CASE WHEN c.totalmsgcount > 0 THEN $3::bigint ELSE 0 END, c.totalmsgcount, 0, $4::jsonb, $3::bigint, true, $5::boolean, false, 0,
       c.totalmsgcountroot, 0, false, false
     FROM channels c WHERE c.id = $1::text ON CONFLICT DO NOTHING RETURNING userid`,
    [channelId, userId, now, NOTIFY_PROPS, isAdmin],
  );
  if (added.length === 0) return;
  await db.rows(
    'INSERT INTO channelmemberhistory (channelid, userid, jointime) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [channelId, userId, now],
  );
}

async function announce(app: App, channel: ChannelRow, userIds: readonly string[]): Promise<void> {
  if (channel.type === 'D') {
    await app.hub.publish({
      event: 'direct_added',
      data: {
        creator_id: channel.creatorid,
        teammate_id: userIds.find((id) => id !== channel.creatorid) ?? '',
      },
      broadcast: broadcastTo({ channel_id: channel.id }),
    });
  } else if (channel.type === 'G') {
    await app.hub.publish({
      event: 'group_added',
      data: { teammate_ids: JSON.stringify(userIds) },
      broadcast: broadcastTo({ channel_id: channel.id }),
    });
  } else {
    await app.hub.publish({
      event: 'channel_created',
      data: { channel_id: channel.id, team_id: channel.teamid },
      broadcast: broadcastTo({ user_id: channel.creatorid }),
    });
  }
}

function findByName(app: App, name: string): Promise<ChannelRow | undefined> {
  return app.db.one<ChannelRow>(
    `SELECT ${CHANNEL_COLUMNS} FROM channels c WHERE c.teamid = '' AND c.name = $1`,
    [name],
  );
}
