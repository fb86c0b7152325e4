import { checkLogin, recordLogin } from '../accounts/login.ts';
import { encodeBase32, findTotpStep } from '../accounts/totp.ts';
import { ownUserJson, requireUser } from '../accounts/users.ts';
import { ApiError, forbidden, routeNotFound } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { clearSessionCookie, setSessionCookies } from '../http/cookies.ts';
import type { Router } from '../http/router.ts';
import { randomBytes } from 'node:crypto';

export function addLoginRoutes(router: Router): void {
  router
    .on('POST', '/api/v4/users/login', login, { open: true })
    .on(
      'POST',
      '/api/v4/users/login/type',
      () => {
        throw routeNotFound();
      },
      { open: true },
    )
    .on('POST', '/api/v4/users/logout', logout)
    .on('GET', '/api/v4/users/:user_id/sessions', listSessions)
    .on('POST', '/api/v4/users/:user_id/sessions/revoke', revokeSession)
    .on('POST', '/api/v4/users/:user_id/sessions/revoke/all', revokeSessionsOfUser)
    .on('POST', '/api/v4/users/sessions/revoke/all', revokeAllSessions)
    .on('POST', '/api/v4/users/:user_id/mfa/generate', generateMfa)
    .on('PUT', '/api/v4/users/:user_id/mfa', updateMfa);
}

async function login(call: Call): Promise<unknown> {
  const { app, req, res } = call;
  const body = await call.json<{
    login_id?: string;
    password?: string;
    token?: string;
    device_id?: string;
  }>();
  const user = await checkLogin(app, {
    loginId: String(body.login_id ?? ''),
    password: String(body.password ?? ''),
    code: String(body.token ?? ''),
  });
  const session = await app.sessions.create(user, {
    isOAuth: false,
    userAgent: call.header('user-agent'),
    deviceId: String(body.device_id ?? ''),
  });
  await recordLogin(app, user.id, session.id, req.socket.remoteAddress ?? '');
  res.setHeader('Token', session.token);
  if (call.header('x-requested-with') === 'XMLHttpRequest') setSessionCookies(req, res, session);
  return ownUserJson(user);
}

async function logout({ app, req, res, session }: Call): Promise<object> {
  await app.sessions.revoke({ id: session.id });
  clearSessionCookie(req, res);
  return { status: 'OK' };
}

function listSessions(call: Call): Promise<unknown[]> {
  return call.app.db.rows(
    `SELECT id, createat AS create_at, expiresat AS expires_at, lastactivityat AS last_activity_at, userid AS user_id,
       deviceid AS device_id, roles, isoauth AS is_oauth, props, '[]'::jsonb AS team_members, '' AS token
     FROM sessions WHERE userid = $1 ORDER BY lastactivityat DESC`,
    [call.ownUser()],
  );
}

async function revokeSession(call: Call): Promise<object> {
  const userId = call.ownUser();
  const { session_id: id } = await call.json<{ session_id?: string }>();
  const owned = await call.app.db.one('SELECT 1 FROM sessions WHERE id = $1 AND userid = $2', [
    id ?? '',
    userId,
  ]);
  if (!owned) throw forbidden();
  await call.app.sessions.revoke({ id: id ?? '' });
  return { status: 'OK' };
}

async function revokeSessionsOfUser(call: Call): Promise<object> {
  await call.app.sessions.revoke({ userId: call.ownUser() });
  return { status: 'OK' };
}

async function revokeAllSessions(call: Call): Promise<object> {
  call.requireAdmin();
  await call.app.sessions.revokeAll();
  return { status: 'OK' };
}

async function generateMfa(call: Call): Promise<object> {
  const user = await requireUser(call.app, call.ownUser());
  const secret = encodeBase32(randomBytes(20));
  await call.app.db.rows('UPDATE users SET mfasecret = $2, mfaactive = false WHERE id = $1', [
    user.id,
    secret,
  ]);
  return { secret, qr_code: '' };
}

async function updateMfa(call: Call): Promise<object> {
  const user = await requireUser(call.app, call.ownUser());
  const { activate, code } = await call.json<{ activate?: boolean; code?: string }>();
  if (activate) {
    const step = findTotpStep(user.mfasecret, String(code ?? ''));
    if (step === undefined) throw new ApiError(401, 'mfa.activate.bad_token.app_error', 'Invalid MFA token.');
    // The code that activates is spent, too.
    await call.app.db.rows(
      'UPDATE users SET mfaactive = true, mfausedtimestamps = jsonb_build_array($2::bigint) WHERE id = $1',
      [user.id, step],
    );
  } else {
    await call.app.db.rows(
      `UPDATE users SET mfaactive = false, mfasecret = '', mfausedtimestamps = '[]' WHERE id = $1`,
      [user.id],
    );
  }
  return { status: 'OK' };
}
