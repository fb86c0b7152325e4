import type { Call } from '../http/call.ts';
import type { Router } from '../http/router.ts';
import { newId } from '../ids.ts';

interface Category {
  id: string;
  user_id: string;
  team_id: string;
  sort_order: number;
  sorting: string;
  type: string;
  display_name: string;
  muted: boolean;
  collapsed: boolean;
}

const DEFAULTS = [
  ['favorites', 'Favorites', ''],
  ['channels', 'Channels', ''],
  ['direct_messages', 'Direct Messages', 'recent'],
] as const;

export function addSidebarRoutes(router: Router): void {
  router
    .on('GET', '/api/v4/users/:user_id/teams/:team_id/channels/categories', categories)
    .on('POST', '/api/v4/users/:user_id/teams/:team_id/channels/categories', addCategory)
    .on(
      'GET',
      '/api/v4/users/:user_id/teams/:team_id/channels/categories/order',
      async (call) => (await categories(call)).order,
    );
}

/** The sidebar: what a user has sorted by hand, and the rest under "Channels" and "Direct Messages". */
async function categories(call: Call): Promise<{ categories: object[]; order: string[] }> {
  const userId = call.ownUser();
  const teamId = call.id('team_id');
  const [rows, placed, channels] = await Promise.all([
    readOrCreate(call, userId, teamId),
    call.app.db.rows<{ channelid: string; categoryid: string }>(
      'SELECT channelid, categoryid FROM sidebarchannels WHERE userid = $1 ORDER BY sortorder',
      [userId],
    ),
    call.app.db.rows<{ id: string; type: string }>(
      `SELECT c.id, c.type FROM channels c JOIN channelmembers m ON m.channelid = c.id AND m.userid = $1
       WHERE c.deleteat = 0 AND c.teamid IN ($2, '') ORDER BY c.displayname, c.id`,
      [userId, teamId],
    ),
  ]);
  const ids = new Set(rows.map(({ id }) => id));
  const own = placed.filter(({ categoryid }) => ids.has(categoryid));
  const taken = new Set(own.map(({ channelid }) => channelid));
  const left = channels.filter(({ id }) => !taken.has(id));
  const isDirect = (type: string): boolean => type === 'D' || type === 'G';
  const implied: Record<string, string[]> = {
    channels: left.filter(({ type }) => !isDirect(type)).map(({ id }) => id),
    direct_messages: left.filter(({ type }) => isDirect(type)).map(({ id }) => id),
  };
  return {
    categories: rows.map((row) => ({
      ...row,
      channel_ids: [
        ...own.filter(({ categoryid }) => categoryid === row.id).map(({ channelid }) => channelid),
        ...(implied[row.type] ?? []),
      ],
    })),
    order: rows.map(({ id }) => id),
  };
}

const SELECT = `SELECT id, userid AS user_id, teamid AS team_id, sortorder AS sort_order, sorting, type,
  displayname AS display_name, muted, collapsed FROM sidebarcategories WHERE userid = $1 AND teamid = $2 ORDER BY sortorder`;

async function readOrCreate(call: Call, userId: string, teamId: string): Promise<Category[]> {
  const rows = await call.app.db.rows<Category>(SELECT, [userId, teamId]);
  if (rows.length > 0) return rows;
  for (const [index, [type, name, sorting]] of DEFAULTS.entries()) {
    await call.app.db.rows(
      `INSERT INTO sidebarcategories (id, userid, teamid, sortorder, sorting, type, displayname, muted, collapsed)
       VALUES ($1, $2, $3, $4, $5, $6, $7, false, false) ON CONFLICT DO NOTHING`,
      [`${type}_${userId}_${teamId}`, userId, teamId, index * 10, sorting, type, name],
    );
  }
  return call.app.db.rows<Category>(SELECT, [userId, teamId]);
}

async function addCategory(call: Call): Promise<void> {
  const userId = call.ownUser();
  const teamId = call.id('team_id');
  const { display_name: name, channel_ids: channelIds = [] } = await call.json<{
    display_name?: string;
    channel_ids?: string[];
  }>();
  const id = newId();
  await call.app.db.rows(
    `INSERT INTO sidebarcategories (id, userid, teamid, sortorder, sorting, type, displayname, muted, collapsed)
     VALUES ($1, $2, $3, 10, '', 'custom', $4, false, false)`,
    [id, userId, teamId, String(name ?? '')],
  );
  for (const [index, channelId] of channelIds.entries()) {
    await call.app.db.rows(
      'INSERT INTO sidebarchannels (channelid, userid, categoryid, sortorder) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
      [channelId, userId, id, index * 10],
    );
  }
  return call.created({
    id,
    user_id: userId,
    team_id: teamId,
    sort_order: 10,
    sorting: '',
    type: 'custom',
    display_name: name,
    muted: false,
    collapsed: false,
    channel_ids: channelIds,
  });
}
