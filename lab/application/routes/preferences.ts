import { ApiError, invalidBodyParameter } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import type { Router } from '../http/router.ts';
import { broadcastTo } from '../websocket/hub.ts';

interface Preference {
  user_id: string;
  category: string;
  name: string;
  value: string;
}

const BASE = '/api/v4/users/:user_id/preferences';
const SELECT = 'SELECT userid AS user_id, category, name, value FROM preferences WHERE userid = $1';

export function addPreferenceRoutes(router: Router): void {
  router
    .on('GET', BASE, (call) => call.app.db.rows(SELECT, [call.ownUser()]))
    .on('PUT', BASE, save)
    .on('POST', `${BASE}/delete`, remove)
    .on('GET', `${BASE}/:category`, byCategory)
    .on('GET', `${BASE}/:category/name/:name`, byName);
}

async function save(call: Call): Promise<object> {
  const userId = call.ownUser();
  const preferences = await readList(call);
  await call.app.db.rows(
    `INSERT INTO preferences (userid, category, name, value)
     SELECT $1::text, given.category, given.name, given.value FROM jsonb_to_recordset($2::jsonb) AS given (category text, name text, value text)
     ON CONFLICT (userid, category, name) DO UPDATE SET value = excluded.value`,
    [userId, JSON.stringify(preferences)],
  );
  await publish(call, 'preferences_changed', preferences);
  return { status: 'OK' };
}

async function remove(call: Call): Promise<object> {
  const preferences = await readList(call);
  await call.app.db.rows(
    `DELETE FROM preferences p USING jsonb_to_recordset($2::jsonb) AS given (category text, name text)
     WHERE p.userid = $1 AND p.category = given.category AND p.name = given.name`,
    [call.ownUser(), JSON.stringify(preferences)],
  );
  await publish(call, 'preferences_deleted', preferences);
  return { status: 'OK' };
}

async function readList(call: Call): Promise<Preference[]> {
  const userId = call.ownUser();
  const preferences = await call.json<Preference[]>();
  if (!Array.isArray(preferences) || preferences.some(({ user_id }) => user_id !== userId))
    throw invalidBodyParameter('preferences');
  return preferences.map(({ category, name, value }) => ({
    user_id: userId,
    category: String(category),
    name: String(name),
    value: String(value ?? ''),
  }));
}

function publish(call: Call, event: string, preferences: readonly Preference[]): Promise<void> {
  const broadcast = broadcastTo({ user_id: call.userId });
  return call.app.hub.publish({ event, data: { preferences: JSON.stringify(preferences) }, broadcast });
}

async function byCategory(call: Call): Promise<unknown> {
  const rows = await call.app.db.rows(`${SELECT} AND category = $2`, [
    call.ownUser(),
    call.params['category'],
  ]);
  if (rows.length === 0)
    throw new ApiError(
      404,
      'api.preference.preferences_category.get.app_error',
      'Unable to get user preferences.',
    );
  return rows;
}

async function byName(call: Call): Promise<unknown> {
  const row = await call.app.db.one(`${SELECT} AND category = $2 AND name = $3`, [
    call.ownUser(),
    call.params['category'],
    call.params['name'],
  ]);
  if (!row)
    throw new ApiError(
      400,
      'app.preference.get.app_error',
      'We encountered an error while finding preferences.',
    );
  return row;
}
