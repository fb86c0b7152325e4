import { hashPassword } from '../accounts/password.ts';
import {
  findUsers,
  listUsers,
  ownUserJson,
  publicUserJson,
  requireUser,
  searchUsers,
  type UserRow,
} from '../accounts/users.ts';
import { ApiError, invalidBodyParameter, userNotFound } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import type { Router } from '../http/router.ts';
import { insertUser } from '../accounts/user-create.ts';
import { broadcastTo } from '../websocket/hub.ts';

export function addUserRoutes(router: Router): void {
  router
    .on('GET', '/api/v4/users', list)
    .on('POST', '/api/v4/users', createUser)
    .on('POST', '/api/v4/users/ids', byIds)
    .on('POST', '/api/v4/users/usernames', byUsernames)
    .on('POST', '/api/v4/users/search', search)
    .on('GET', '/api/v4/users/autocomplete', autocomplete)
    .on('GET', '/api/v4/users/username/:username', byUsername)
    .on('GET', '/api/v4/users/email/:email', byEmail)
    .on('GET', '/api/v4/users/stats', stats)
    .on('POST', '/api/v4/users/status/ids', statusesByIds)
    .on('GET', '/api/v4/users/:user_id', byId)
    .on(
      'GET',
      '/api/v4/users/:user_id/status',
      async (call) => (await call.app.statuses.find([call.id('user_id')]))[0],
    )
    .on('PUT', '/api/v4/users/:user_id/status', setStatus)
    .on('GET', '/api/v4/users/:user_id/image', image)
    .on('GET', '/api/v4/users/:user_id/groups', () => [])
    .on('GET', '/api/v4/users/:user_id/audits', audits)
    .on('DELETE', '/api/v4/users/:user_id', (call) => setActive(call, false))
    .on('PUT', '/api/v4/users/:user_id/active', async (call) =>
      setActive(call, (await call.json<{ active?: boolean }>()).active === true),
    );
}

const shownTo = (call: Call, user: UserRow): object =>
  user.id === call.userId || call.isAdmin ? ownUserJson(user) : publicUserJson(call.app, user);

const profiles = (call: Call, users: readonly UserRow[]): object[] =>
  users.map((user) => publicUserJson(call.app, user));

async function list(call: Call): Promise<object[]> {
  const filter = {
    teamId: call.query.get('in_team') ?? undefined,
    channelId: call.query.get('in_channel') ?? undefined,
  };
  return profiles(call, await listUsers(call.app, { ...filter, ...call.page() }));
}

async function byIds(call: Call): Promise<object[]> {
  return profiles(call, await findUsers(call.app, 'id', await call.idList()));
}

async function byUsernames(call: Call): Promise<object[]> {
  const names = await call.json<unknown[]>();
  if (!Array.isArray(names)) throw invalidBodyParameter('usernames');
  return profiles(call, await findUsers(call.app, 'username', names.map(String)));
}

async function search(call: Call): Promise<object[]> {
  const {
    term = '',
    team_id: team,
    limit = 100,
  } = await call.json<{ term?: string; team_id?: string; limit?: number }>();
  return profiles(
    call,
    await searchUsers(call.app, String(term), team || null, Math.min(Number(limit) || 100, 1000)),
  );
}

async function autocomplete(call: Call): Promise<object> {
  const users = await searchUsers(
    call.app,
    call.query.get('name') ?? '',
    call.query.get('in_team'),
    Math.min(call.number('limit', 25), 100),
  );
  return { users: profiles(call, users), out_of_channel: [] };
}

async function byUsername(call: Call): Promise<object> {
  const [user] = await findUsers(call.app, 'username', [call.params['username'] ?? '']);
  if (!user) throw userNotFound();
  return shownTo(call, user);
}

async function byEmail(call: Call): Promise<object> {
  const row = await call.app.db.one<{ id: string }>('SELECT id FROM users WHERE lower(email) = lower($1)', [
    call.params['email'],
  ]);
  if (!row) throw userNotFound();
  return shownTo(call, await requireUser(call.app, row.id));
}

async function byId(call: Call): Promise<object> {
  return shownTo(call, await requireUser(call.app, call.id('user_id')));
}

async function stats({ app }: Call): Promise<object> {
  const row = await app.db.one<{ n: number }>('SELECT count(*) AS n FROM users WHERE deleteat = 0');
  return { total_users_count: row?.n ?? 0 };
}

async function statusesByIds(call: Call): Promise<unknown> {
  return call.app.statuses.find(await call.idList());
}

async function setStatus(call: Call): Promise<unknown> {
  const userId = call.ownUser();
  const { status } = await call.json<{ status?: string }>();
  if (!['online', 'away', 'dnd', 'offline'].includes(status ?? '')) throw invalidBodyParameter('status');
  const saved = await call.app.statuses.set(userId, status ?? '', status !== 'online');
  await call.app.hub.publish({
    event: 'status_change',
    data: { status, user_id: userId },
    broadcast: broadcastTo({ user_id: userId }),
  });
  return saved;
}

async function image(call: Call): Promise<void> {
  const id = call.id('user_id');
  const user = await requireUser(call.app, id);
  const bytes = await call.app.files.read(`users/${id}/profile.png`).catch(() => undefined);
  const initial = user.username.slice(0, 1).toUpperCase();
  const hue = [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 360;
  const drawn = `<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128"><rect width="128" height="128" fill="hsl(${hue} 45% 45%)"/><text x="64" y="86" font-family="sans-serif" font-size="62" fill="#fff" text-anchor="middle">${/[A-Z0-9]/.test(initial) ? initial : '?'}</text></svg>`;
  const body = bytes ?? Buffer.from(drawn);
  call.res.writeHead(200, {
    'Content-Type': bytes ? 'image/png' : 'image/svg+xml',
    'Content-Length': body.length,
    'Cache-Control': 'private, max-age=86400',
  });
  call.res.end(body);
}

function audits(call: Call): Promise<unknown[]> {
  const { limit, offset } = call.page();
  return call.app.db.rows(
    `SELECT id, createat AS create_at, userid AS user_id, action, extrainfo AS extra_info, ipaddress AS ip_address,
       sessionid AS session_id FROM audits WHERE userid = $1 ORDER BY createat DESC LIMIT $2 OFFSET $3`,
    [call.ownUser(), limit, offset],
  );
}

/** Only admins make users here: there is no open sign-up on the stand-in. */
async function createUser(call: Call): Promise<void> {
  call.requireAdmin();
  const body = await call.json<Record<string, string>>();
  const { username = '', email = '', password = '' } = body;
  if (!/^[a-z][a-z0-9._-]{1,63}$/.test(username.toLowerCase())) throw invalidBodyParameter('username');
  if (!email.includes('@')) throw invalidBodyParameter('email');
  if (password.length < call.app.settings.PasswordSettings.MinimumLength) {
    throw new ApiError(400, 'model.user.is_valid.pwd_min_length.app_error', 'Your password is too short.');
  }
  const user = await insertUser(call.app, {
    username: username.toLowerCase(),
    email: email.toLowerCase(),
    password: await hashPassword(password),
    firstName: body['first_name'] ?? '',
    lastName: body['last_name'] ?? '',
    nickname: body['nickname'] ?? '',
    authService: '',
    authData: null,
  });
  return call.created(ownUserJson(user));
}

async function setActive(call: Call, active: boolean): Promise<object> {
  call.requireAdmin();
  const user = await requireUser(call.app, call.id('user_id'));
  const now = Date.now();
  await call.app.db.rows('UPDATE users SET deleteat = $2, updateat = $3 WHERE id = $1', [
    user.id,
    active ? 0 : now,
    now,
  ]);
  if (!active) {
    await call.app.sessions.revoke({ userId: user.id });
    call.app.hub.disconnect(user.id);
  }
  return { status: 'OK' };
}
