import type { Client } from 'pg';
import { hours } from '../../model/duration.ts';
import { DrillError } from '../../model/errors.ts';
import { newId } from '../../support/new-id.ts';

export interface LoadUser {
  readonly id: string;
  readonly token: string;
}

/** Whom and what the load works with; k6 reads it from a file. */
export interface LoadSetting {
  readonly site: {
    readonly url: string;
    readonly teamId: string;
    readonly loadChannelId: string;
    readonly readChannelIds: readonly string[];
    readonly threadIds: readonly string[];
  };
  readonly users: readonly LoadUser[];
}

/**
 * Puts users of our own, with sessions, into the scratch copy: real passwords are nobody's to know, and a sign-in costs
 * as much as dozens of messages. They read in the liveliest public channels of the largest team and write in one
 * private channel that is made for them.
 */
export async function createLoadUsers(
  client: Client,
  { count, siteUrl, runId }: { count: number; siteUrl: string; runId: string },
): Promise<LoadSetting> {
  const now = Date.now();
  const teamId = await findLargestTeam(client);
  const readChannelIds = await findLivelyChannels(client, teamId);
  const threadIds = await findThreads(client, readChannelIds);
  const loadChannelId = newId();
  const users = Array.from({ length: count }, (_, index) => ({ id: newId(), token: newId(), index }));
  const userIds = users.map(({ id }) => id);
  const members = [loadChannelId, ...readChannelIds].flatMap((channelId) =>
    userIds.map((userId) => ({ channelId, userId })),
  );

  await client.query('begin');
  try {
    await insert(client, 'channels', [
      {
        id: loadChannelId,
        createat: now,
        updateat: now,
        deleteat: 0,
        teamid: teamId,
        type: 'P',
        displayname: 'Muster load',
        name: `muster-load-${newId().slice(0, 8)}`,
        header: '',
        purpose: `Load of drill ${runId}`,
        lastpostat: now,
        totalmsgcount: 0,
        extraupdateat: 0,
        creatorid: userIds[0] ?? '',
        schemeid: '',
        totalmsgcountroot: 0,
        lastrootpostat: now,
      },
    ]);
    const tag = newId().slice(0, 6);
    await insert(
      client,
      'users',
      users.map(({ id, index }) => ({
        id,
        createat: now,
        updateat: now,
        deleteat: 0,
        username: `muster-load-${tag}-${index}`,
        password: '',
        authdata: null,
        authservice: '',
        email: `muster-load-${tag}-${index}@load.invalid`,
        emailverified: true,
        nickname: '',
        firstname: '',
        lastname: '',
        roles: 'system_user',
        props: '{}',
        notifyprops: JSON.stringify({ email: 'false', push: 'none', desktop: 'none', channel: 'false' }),
        lastpasswordupdate: now,
        locale: 'en',
        mfaactive: false,
        position: '',
        timezone: '{}',
      })),
    );
    await insert(
      client,
      'sessions',
      users.map(({ id, token }) => ({
        id: newId(),
        token,
        createat: now,
        expiresat: now + hours(4),
        lastactivityat: now,
        userid: id,
        deviceid: '',
        roles: 'system_user',
        isoauth: false,
        props: '{}',
        expirednotify: false,
      })),
    );
    await insert(
      client,
      'teammembers',
      userIds.map((userid) => ({
        teamid: teamId,
        userid,
        roles: '',
        deleteat: 0,
        schemeuser: true,
        schemeadmin: false,
        schemeguest: false,
        createat: now,
      })),
    );
    await insert(
      client,
      'channelmembers',
      members.map(({ channelId, userId }) => ({
        channelid: channelId,
        userid: userId,
        roles: '',
        lastviewedat: now,
        msgcount: 0,
        mentioncount: 0,
        notifyprops: JSON.stringify({ desktop: 'none', email: 'false', push: 'none', mark_unread: 'all' }),
        lastupdateat: now,
        schemeuser: true,
        schemeadmin: false,
        schemeguest: false,
        mentioncountroot: 0,
        msgcountroot: 0,
        urgentmentioncount: 0,
      })),
    );
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
  return {
    site: { url: siteUrl.replace(/\/$/, ''), teamId, loadChannelId, readChannelIds, threadIds },
    users: users.map(({ id, token }) => ({ id, token })),
  };
}

async function findLargestTeam(client: Client): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `select t.id from teams t join teammembers m on m.teamid = t.id and m.deleteat = 0
      where t.deleteat = 0 group by t.id order by count(*) desc, t.id limit 1`,
  );
  const [team] = rows;
  if (team) return team.id;
  throw new DrillError('COMMAND_FAILED', 'the restored copy has no team with members to put load users in', {
    hint: 'See what the integrity audit says of teams and their members.',
  });
}

async function findLivelyChannels(client: Client, teamId: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ id: string }>(
    `select id from channels where teamid = $1 and type = 'O' and deleteat = 0
      order by totalmsgcount desc, id limit 10`,
    [teamId],
  );
  return rows.map(({ id }) => id);
}

async function findThreads(client: Client, channelIds: readonly string[]): Promise<readonly string[]> {
  const { rows } = await client.query<{ postid: string }>(
    `select t.postid from threads t join posts p on p.id = t.postid and p.deleteat = 0
      where t.channelid = any($1) and t.replycount > 0 order by t.lastreplyat desc limit 50`,
    [channelIds],
  );
  return rows.map(({ postid }) => postid);
}

type Row = Readonly<Record<string, string | number | boolean | null>>;

/** One statement for all rows. Columns that this server's version does not have are left out. */
async function insert(client: Client, table: string, rows: readonly Row[]): Promise<void> {
  const { rows: existing } = await client.query<{ column_name: string; udt_name: string }>(
    `select column_name, udt_name from information_schema.columns where table_schema = 'public' and table_name = $1`,
    [table],
  );
  const types = new Map(existing.map(({ column_name: name, udt_name: type }) => [name, type]));
  const columns = Object.keys(rows[0] ?? {}).filter((column) => types.has(column));
  const definition = columns.map((column) => `"${column}" ${types.get(column)}`).join(', ');
  const list = columns.map((column) => `"${column}"`).join(', ');
  // JSON in JSON: a column of type jsonb takes its text form as it is.
  const values = rows.map((row) =>
    Object.fromEntries(columns.map((column) => [column, asJson(row[column], types.get(column))])),
  );
  await client.query(
    `insert into "${table}" (${list}) select ${list} from json_to_recordset($1::json) as row(${definition})`,
    [JSON.stringify(values)],
  );
}

function asJson(value: Row[string] | undefined, type: string | undefined): unknown {
  return type === 'jsonb' && typeof value === 'string' ? JSON.parse(value) : value;
}
