import { ApiError } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import type { Router } from '../http/router.ts';
import { clientConfig } from './client-config.ts';

export function addSystemRoutes(router: Router): void {
  router
    .on('GET', '/api/v4/system/ping', ping, { open: true })
    .on('GET', '/api/v4/config/client', ({ app }) => clientConfig(app), { open: true })
    .on('GET', '/api/v4/license/client', () => ({ IsLicensed: 'false' }), { open: true })
    .on(
      'GET',
      '/api/v4/config',
      asAdmin(({ app }) => app.configuration.all),
    )
    .on(
      'GET',
      '/api/v4/config/environment',
      asAdmin(({ app }) => app.configuration.environment),
    )
    .on('GET', '/api/v4/limits/server', limits)
    .on('GET', '/api/v4/system/schema/version', asAdmin(schemaVersion))
    .on('POST', '/api/v4/caches/invalidate', asAdmin(invalidateCaches))
    .on('GET', '/api/v4/emoji/name/:emoji_name', emojiByName)
    .on('GET', '/api/v4/emoji/:emoji_id/image', emojiImage)
    .on('GET', '/api/v4/emoji', ({ app }) => app.emojis.list())
    .on(
      'GET',
      '/api/v4/cluster/status',
      asAdmin(() => []),
    )
    .on('GET', '/api/v4/plugins/webapp', () => [])
    .on(
      'GET',
      '/api/v4/plugins/statuses',
      asAdmin(() => []),
    )
    .on(
      'GET',
      '/api/v4/plugins',
      asAdmin(() => ({ active: [], inactive: [] })),
    )
    .on('GET', '/api/v4/system/notices/:team_id', () => [])
    .on('POST', '/api/v4/client_perf', () => ({ status: 'OK' }))
    .on('GET', '/api/v4/roles/names', () => [])
    .on('POST', '/api/v4/roles/names', rolesByName)
    .on('GET', '/api/v4/custom_profile_attributes/fields', () => [])
    .on('GET', '/api/v4/usage/posts', () => ({ count: 0 }));
}

function asAdmin(handler: (call: Call) => unknown): (call: Call) => unknown {
  return (call) => {
    call.requireAdmin();
    return handler(call);
  };
}

async function ping(call: Call): Promise<unknown> {
  const { app, res } = call;
  const { ClientRequirements } = app.settings;
  const answer: Record<string, string> = {
    ActiveSearchBackend: 'database',
    ...ClientRequirements,
    status: 'OK',
  };
  if (!call.flag('get_server_status')) return answer;
  const [database, files] = await Promise.all([app.db.isHealthy(), app.files.isHealthy()]);
  answer['database_status'] = database ? 'OK' : 'UNHEALTHY';
  answer['filestore_status'] = files ? 'OK' : 'UNHEALTHY';
  if (!database || !files) answer['status'] = 'UNHEALTHY';
  res.setHeader('database_status', answer['database_status']);
  res.setHeader('filestore_status', answer['filestore_status']);
  const isBad = answer['status'] !== 'OK' && !call.flag('use_rest_semantics');
  return call.respond(isBad ? 500 : 200, answer);
}

async function limits({ app, isAdmin }: Call): Promise<object> {
  const row = isAdmin
    ? await app.db.one<{ n: number }>(
        `SELECT count(*) AS n FROM users u WHERE u.deleteat = 0 AND NOT EXISTS (SELECT 1 FROM bots b WHERE b.userid = u.id)`,
      )
    : undefined;
  return {
    // Warning and hard limit of active users on an unlicensed server (channels/app/limits.go).
    maxUsersLimit: isAdmin ? 200 : 0,
    maxUsersHardLimit: isAdmin ? 250 : 0,
    activeUserCount: row?.n ?? 0,
    singleChannelGuestCount: 0,
    singleChannelGuestLimit: 0,
    postHistoryLimit: 0,
    lastAccessiblePostTime: 0,
  };
}

function schemaVersion({ app }: Call): Promise<unknown[]> {
  return app.db.rows('SELECT version, name FROM db_migrations ORDER BY version DESC');
}

function invalidateCaches({ app }: Call): object {
  app.sessions.clearCache();
  app.emojis.clearCache();
  return { status: 'OK' };
}

async function emojiByName({ app, params }: Call): Promise<unknown> {
  const emoji = await app.emojis.find(params['emoji_name'] ?? '');
  if (!emoji) throw new ApiError(404, 'app.emoji.get_by_name.no_result', "We couldn't find the emoji.");
  return emoji;
}

async function emojiImage(call: Call): Promise<void> {
  const bytes = await call.app.files.read(`emoji/${call.id('emoji_id')}/image`);
  call.res.writeHead(200, {
    'Content-Type': 'image/png',
    'Content-Length': bytes.length,
    'Cache-Control': 'private, max-age=86400',
  });
  call.res.end(bytes);
}

async function rolesByName(call: Call): Promise<unknown[]> {
  const names = (await call.json<unknown[]>()).map(String);
  const rows = await call.app.db.rows<{ permissions: string }>(
    `SELECT id, name, displayname AS display_name, description, createat AS create_at, updateat AS update_at,
       deleteat AS delete_at, permissions, schememanaged AS scheme_managed, builtin AS built_in FROM roles WHERE name = ANY($1)`,
    [names],
  );
  return rows.map((row) => ({ ...row, permissions: row.permissions.split(' ').filter(Boolean) }));
}
