import { randomBytes } from 'node:crypto';
import { recordLogin } from './accounts/login.ts';
import { forgetUsername } from './accounts/usernames.ts';
import { findUserByAuth, requireUser, type UserRow } from './accounts/users.ts';
import { insertUser } from './accounts/user-create.ts';
import type { App } from './app.ts';
import { ApiError } from './http/api-error.ts';
import type { Call } from './http/call.ts';
import { addCookie, readCookie, setSessionCookies } from './http/cookies.ts';
import { errorPage } from './error-page.ts';
import { log } from './log.ts';

// As long as a browser may take at the identity provider.
const STATE_MINUTES = 30;
const TIMEOUT_MS = 30_000;

interface State {
  readonly action: string;
  readonly redirect_to: string;
  readonly token: string;
}

/** Sends the browser to the GitLab-style provider, with a state that only this browser can bring back. */
export async function beginOAuth(call: Call): Promise<void> {
  try {
    const settings = requireProvider(call);
    const token = randomBytes(48).toString('base64url').slice(0, 64);
    const cookie = randomBytes(32).toString('hex');
    await call.app.db.rows(`INSERT INTO tokens (token, createat, type, extra) VALUES ($1, $2, 'oauth', $3)`, [
      token,
      Date.now(),
      `${call.query.get('login_hint') ?? ''}:login:${cookie}`,
    ]);
    const state: State = { action: 'login', redirect_to: call.query.get('redirect_to') ?? '', token };
    const query = [
      'response_type=code',
      `client_id=${encodeURIComponent(settings.Id)}`,
      `redirect_uri=${encodeURIComponent(redirectUri(call.app))}`,
      `state=${encodeURIComponent(Buffer.from(JSON.stringify(state)).toString('base64'))}`,
      ...(settings.Scope ? [`scope=${encodeURIComponent(settings.Scope)}`] : []),
    ].join('&');
    addCookie(call.req, call.res, `MMOAUTH=${cookie}; Path=/; Max-Age=${STATE_MINUTES * 60}; HttpOnly`);
    call.res.writeHead(302, {
      Location: `${settings.AuthEndpoint}?${query}`,
      'Content-Type': 'application/json',
    });
    call.res.end();
  } catch (error) {
    sendErrorPage(call, error);
  }
}

/** Takes the browser back: code for token, token for user, user for session. */
export async function completeOAuth(call: Call): Promise<void> {
  try {
    requireProvider(call);
    const code = call.query.get('code');
    if (!code)
      throw new ApiError(
        400,
        'web.get_access_token.bad_request',
        call.query.get('error_description') ?? 'The authorization code is missing.',
      );
    await verifyState(call);
    const user = await signIn(call.app, await readProfile(call.app, code));
    const session = await call.app.sessions.create(user, {
      isOAuth: true,
      userAgent: call.header('user-agent'),
      deviceId: '',
    });
    await recordLogin(call.app, user.id, session.id, call.req.socket.remoteAddress ?? '');
    call.res.setHeader('Token', session.token);
    setSessionCookies(call.req, call.res, session);
    const { SiteURL } = call.app.settings.ServiceSettings;
    call.res.writeHead(307, { Location: SiteURL || '/', 'Content-Type': 'text/html; charset=utf-8' });
    call.res.end();
  } catch (error) {
    sendErrorPage(call, error);
  }
}

function requireProvider({ app, params }: Call): App['settings']['GitLabSettings'] {
  const settings = app.settings.GitLabSettings;
  // A scope with `openid` makes the official server ask a provider that the Team Edition does not have.
  const isOpenId = settings.Scope.split(' ').includes('openid');
  if (params['service'] !== 'gitlab' || !settings.Enable || isOpenId) {
    throw new ApiError(
      501,
      'api.user.authorize_oauth_user.unsupported.app_error',
      `${params['service']} SSO through OAuth 2.0 not available on this server.`,
    );
  }
  return settings;
}

const redirectUri = (app: App): string =>
  `${app.settings.ServiceSettings.SiteURL.replace(/\/+$/, '')}/signup/gitlab/complete`;

async function verifyState(call: Call): Promise<State> {
  const invalid = new ApiError(400, 'api.oauth.invalid_state_token.app_error', 'Invalid state token.');
  let state: State;
  try {
    state = JSON.parse(Buffer.from(call.query.get('state') ?? '', 'base64').toString('utf8')) as State;
  } catch {
    throw invalid;
  }
  const row = await call.app.db.one<{ extra: string; createat: number }>(
    `DELETE FROM tokens WHERE token = $1 AND type = 'oauth' RETURNING extra, createat`,
    [String(state.token ?? '')],
  );
  const cookie = readCookie(call.req, 'MMOAUTH');
  if (
    !row ||
    !cookie ||
    !row.extra.endsWith(`:${cookie}`) ||
    Date.now() - row.createat > STATE_MINUTES * 60_000
  )
    throw invalid;
  addCookie(call.req, call.res, 'MMOAUTH=; Path=/; Max-Age=0; HttpOnly');
  return state;
}

interface Profile {
  readonly authData: string;
  readonly email: string;
  readonly username: string;
  readonly firstName: string;
  readonly lastName: string;
}

async function readProfile(app: App, code: string): Promise<Profile> {
  const settings = app.settings.GitLabSettings;
  const { http } = app.outbound;
  const form = {
    client_id: settings.Id,
    client_secret: settings.Secret,
    code,
    grant_type: 'authorization_code',
    redirect_uri: redirectUri(app),
  };
  const token = await http.send({
    method: 'POST',
    url: settings.TokenEndpoint,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' },
    body: new URLSearchParams(form).toString(),
    trusted: true,
    timeoutMs: TIMEOUT_MS,
  });
  const granted = parseObject(token.status === 200 ? token.body : undefined);
  const accessToken = String(granted['access_token'] ?? '');
  if (accessToken === '' || String(granted['token_type'] ?? '').toLowerCase() !== 'bearer') {
    log.warn('The identity provider gave no bearer token', { status: token.status });
    throw new ApiError(
      500,
      'api.user.authorize_oauth_user.bad_response.app_error',
      'Bad response from token request.',
    );
  }
  const user = await http.send({
    url: settings.UserAPIEndpoint,
    headers: { Authorization: `Bearer ${accessToken}`, Accept: 'application/json' },
    trusted: true,
    timeoutMs: TIMEOUT_MS,
  });
  if (user.status !== 200)
    throw new ApiError(
      500,
      'api.user.authorize_oauth_user.response.app_error',
      'Received invalid response from OAuth service provider.',
    );
  return parseProfile(parseObject(user.body), settings.UsePreferredUsername);
}

/** The user document of GitLab: `id` must be a number other than 0, or nobody is logged in. */
function parseProfile(document: Record<string, unknown>, usePreferredUsername: boolean): Profile {
  const text = (key: string): string => (typeof document[key] === 'string' ? document[key] : '');
  const id = document['id'];
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id === 0 || text('email') === '') {
    throw new ApiError(
      400,
      'api.user.login_by_oauth.parse.app_error',
      'Could not parse auth data out of gitlab user object.',
    );
  }
  const preferred = usePreferredUsername ? text('preferred_username') : '';
  const [firstName = '', ...rest] = text('name').split(' ');
  return {
    authData: String(id),
    email: text('email').toLowerCase(),
    username: cleanUsername(preferred || text('username') || text('login')),
    firstName,
    lastName: rest.join(' '),
  };
}

async function signIn(app: App, profile: Profile): Promise<UserRow> {
  const known = await findUserByAuth(app, 'gitlab', profile.authData);
  return known ? overwrite(app, known, profile) : signUp(app, profile);
}

/** Who comes with a known id gets name and e-mail from the provider, and is active again if they were not. */
async function overwrite(app: App, user: UserRow, profile: Profile): Promise<UserRow> {
  const isSame =
    user.username === profile.username &&
    user.email === profile.email &&
    user.firstname === profile.firstName &&
    user.lastname === profile.lastName &&
    user.deleteat === 0;
  if (isSame) return user;
  try {
    await app.db.rows(
      'UPDATE users SET username = $2, email = $3, firstname = $4, lastname = $5, deleteat = 0, updateat = $6 WHERE id = $1',
      [
        user.id,
        profile.username || user.username,
        profile.email,
        profile.firstName,
        profile.lastName,
        Date.now(),
      ],
    );
  } catch (error) {
    // A name or an e-mail that another user has stays as it is; the sign-in goes on.
    log.error('The attributes from the identity provider could not be taken over', { user: user.id, error });
    await app.db.rows('UPDATE users SET deleteat = 0 WHERE id = $1', [user.id]);
  }
  forgetUsername(user.id);
  return requireUser(app, user.id);
}

async function signUp(app: App, profile: Profile): Promise<UserRow> {
  if (!app.settings.TeamSettings.EnableUserCreation) {
    throw new ApiError(501, 'api.user.create_user.disabled.app_error', 'User creation is disabled.');
  }
  const holder = await app.db.one<{ authservice: string }>(
    'SELECT authservice FROM users WHERE lower(email) = $1',
    [profile.email],
  );
  if (holder) {
    const how = holder.authservice || 'email';
    throw new ApiError(
      400,
      'api.user.create_oauth_user.already_attached.app_error',
      `There is already an account associated with that email address using a sign in method other than gitlab. Please sign in using ${how}.`,
    );
  }
  return insertUser(app, {
    username: await freeUsername(app, profile.username),
    email: profile.email,
    password: '',
    firstName: profile.firstName,
    lastName: profile.lastName,
    nickname: '',
    authService: 'gitlab',
    authData: profile.authData,
  });
}

async function freeUsername(app: App, wanted: string): Promise<string> {
  for (let suffix = 0; ; suffix++) {
    const name = suffix === 0 ? wanted : `${wanted}${suffix}`;
    if (!(await app.db.one('SELECT 1 FROM users WHERE username = $1', [name]))) return name;
  }
}

function cleanUsername(name: string): string {
  const clean = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 64);
  return clean || `a${randomBytes(4).toString('hex')}`;
}

function parseObject(bytes: Buffer | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(bytes?.toString('utf8') ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function sendErrorPage({ app, res }: Call, error: unknown): void {
  const known =
    error instanceof ApiError
      ? error
      : new ApiError(
          500,
          'api.user.authorize_oauth_user.app_error',
          'The identity provider could not be reached.',
        );
  log.warn('A sign-in through the identity provider failed', { error });
  res.writeHead(known.status, { 'Content-Type': 'text/html' });
  res.end(errorPage(app, known.message));
}
