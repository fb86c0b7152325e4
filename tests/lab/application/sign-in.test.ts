import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hashPassword, isPassword } from '../../../lab/application/accounts/password.ts';
import { waitFor } from '../../../src/support/wait-for.ts';
import { BACKUPS, call, openDumpSite, PASSWORD, signIn, SKIP_REASON, type DumpSite } from './dump-site.ts';
import { openTinyIdp, type TinyIdp } from './tiny-idp.ts';

it('stores a password in the form that it reads', async () => {
  const stored = await hashPassword('correct horse');
  expect(stored).toMatch(/^\$pbkdf2\$f=SHA256,w=600000,l=32\$[^$=]{22}\$[^$=]{43}$/);
  expect([await isPassword('correct horse', stored), await isPassword('wrong', stored)]).toEqual([
    true,
    false,
  ]);
});

it('refuses a bcrypt hash by name', async () => {
  await expect(isPassword('x', '$2a$10$abcdefghijklmnopqrstuv')).rejects.toThrow('bcrypt');
});

describe.skipIf(!BACKUPS)(`sign-in on the real dump ${BACKUPS ? '' : `(${SKIP_REASON})`}`, () => {
  let site: DumpSite;
  let idp: TinyIdp;
  const gitlab = (): Record<string, string> => ({
    MM_GITLABSETTINGS_ENABLE: 'true',
    MM_GITLABSETTINGS_ID: 'drill',
    MM_GITLABSETTINGS_SECRET: 'secret',
    MM_GITLABSETTINGS_SCOPE: '',
    MM_GITLABSETTINGS_AUTHENDPOINT: `${idp.url}/authorize`,
    MM_GITLABSETTINGS_TOKENENDPOINT: `${idp.url}/token`,
    MM_GITLABSETTINGS_USERAPIENDPOINT: `${idp.url}/user`,
    MM_TEAMSETTINGS_ENABLEUSERCREATION: 'true',
    MM_SERVICESETTINGS_MAXIMUMLOGINATTEMPTS: '3',
  });
  beforeAll(async () => {
    [site, idp] = await Promise.all([openDumpSite(), openTinyIdp()]);
    await site.start(gitlab());
  }, 60_000);
  afterAll(async () => {
    await site?.[Symbol.asyncDispose]();
    await idp?.[Symbol.asyncDispose]();
  }, 30_000);
  beforeEach(() => idp.users.clear());

  /** Signs in as what the provider says, and gives the status and the session's own user. */
  async function signInAs(document: Record<string, unknown>) {
    idp.users.set('code', document);
    const start = await call(site, 'GET', '/oauth/gitlab/login');
    const state = new URL(start.headers.get('location') ?? '').searchParams.get('state') ?? '';
    const cookie = start.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const target = `/signup/gitlab/complete?code=code&state=${encodeURIComponent(state)}`;
    const { status, headers, body } = await call<string>(site, 'GET', target, { headers: { cookie } });
    const token = headers.get('token');
    const me = token ? (await call(site, 'GET', '/api/v4/users/me', { token })).body : {};
    const again = () => call(site, 'GET', target, { headers: { cookie } });
    return { status, me, page: body, again };
  }
  const countUsers = async () =>
    Number((await site.db.query('SELECT count(*)::int AS n FROM users')).rows[0].n);

  it('lets a known id in as the same user, takes name and e-mail from the provider, and spends the state', async () => {
    const before = await countUsers();
    const { status, me, again } = await signInAs({
      id: 1002,
      username: 'responder2b',
      email: 'R2B@ops.example',
      name: 'New Name',
    });
    expect(status).toBe(307);
    expect(me).toMatchObject({
      id: 'pxm86gqqh3dpdx3z7i4zsywr6h',
      username: 'responder2b',
      email: 'r2b@ops.example',
      first_name: 'New',
      last_name: 'Name',
    });
    expect(await countUsers()).toBe(before);
    expect((await again()).status).toBe(400);
  });

  it('reactivates a deactivated user, as the official server does', async () => {
    const { status, me } = await signInAs({
      id: 1013,
      username: 'former.member',
      email: 'former.member@ops.example',
      name: 'G W',
    });
    expect([status, me['delete_at']]).toEqual([307, 0]);
  });

  it('makes a user without a team of a stranger, where that is allowed', async () => {
    const { status, me } = await signInAs({
      id: 4711,
      login: 'stranger',
      email: 'stranger@ops.example',
      name: 'S T',
    });
    expect([status, me['username'], me['auth_data']]).toEqual([307, 'stranger', '4711']);
  });

  it.each([
    ['a text as id', { id: '1003', username: 'responder3', email: 'responder3@ops.example' }],
    ['0 as id', { id: 0, username: 'responder3', email: 'responder3@ops.example' }],
    [
      'a plain OpenID document',
      { sub: '1003', preferred_username: 'responder3', email: 'responder3@ops.example' },
    ],
    ['a known e-mail under another id', { id: 4712, username: 'heidi2', email: 'heidi@ops.example' }],
  ])('refuses %s with a page and status 400', async (_, document) => {
    const before = await countUsers();
    const { status, page } = await signInAs(document);
    expect([status, page.includes('/error?message')]).toEqual([400, true]);
    expect(await countUsers()).toBe(before);
  });

  it('locks an account after too many wrong passwords', async () => {
    const wrong = async () =>
      (await call(site, 'POST', '/api/v4/users/login', { body: { login_id: 'auditor', password: 'wrong' } }))
        .body['id'];
    for (let attempt = 0; attempt < 3; attempt++)
      expect(await wrong()).toBe('api.user.login.invalid_credentials_sso');
    const { body } = await call(site, 'POST', '/api/v4/users/login', {
      body: { login_id: 'auditor', password: PASSWORD.user },
    });
    expect(body['id']).toBe('api.user.check_user_login_attempts.too_many.app_error');
  }, 20_000);

  it('lets an admin make users, put them into a team, and these sign in', async () => {
    const admin = await signIn(site, 'admin.drill', PASSWORD.admin);
    const user = { username: 'load-1', email: 'load-1@ops.example', password: 'Load-User-2026!' };
    const refused = await call(site, 'POST', '/api/v4/users', {
      token: await signIn(site, 'heidi'),
      body: user,
    });
    const made = await call<{ id: string }>(site, 'POST', '/api/v4/users', { token: admin, body: user });
    const team = 'mehrp3ygw7ynfjxoynm4nttmbr';
    const joined = await call(site, 'POST', `/api/v4/teams/${team}/members`, {
      token: admin,
      body: { team_id: team, user_id: made.body.id },
    });
    const channel = await call<{ id: string }>(site, 'POST', '/api/v4/channels', {
      token: admin,
      body: { team_id: team, name: 'load', display_name: 'Load', type: 'P' },
    });
    const added = await call(site, 'POST', `/api/v4/channels/${channel.body.id}/members`, {
      token: admin,
      body: { user_id: made.body.id },
    });
    expect([refused.status, made.status, joined.status, channel.status, added.status]).toEqual([
      403, 201, 201, 201, 201,
    ]);
    const token = await signIn(site, 'load-1', user.password);
    const posted = await call(site, 'POST', '/api/v4/posts', {
      token,
      body: { channel_id: channel.body.id, message: 'hello' },
    });
    expect(posted.status).toBe(201);
  }, 20_000);

  it('dials the stored data source where none overrides it', async () => {
    await site.stop();
    await expect(site.start({ ...gitlab(), MM_SQLSETTINGS_DATASOURCE: undefined })).rejects.toThrow();
    expect(await site.log()).toMatch(/cannot start: .*aurora\.production\.example/);
  }, 40_000);

  it('refuses a schema that is newer than its own', async () => {
    await site.stop();
    await site.db.query(`INSERT INTO db_migrations (version, name) VALUES (160, 'from_the_future')`);
    await expect(site.start(gitlab())).rejects.toThrow('newer than 159');
    await site.db.query('DELETE FROM db_migrations WHERE version = 160');
  }, 40_000);

  it('answers the ping with 500 and UNHEALTHY when the database is gone, but 200 where rest semantics are asked for', async () => {
    await site.start(gitlab());
    await site.database.cluster.stop();
    const ping = (query: string) => call(site, 'GET', `/api/v4/system/ping${query}`);
    const asked = await waitFor(
      async () => {
        const answer = await ping('?get_server_status=true');
        return answer.status === 500 ? answer : undefined;
      },
      { timeout: 10_000 },
    );
    expect(asked?.body).toMatchObject({
      status: 'UNHEALTHY',
      database_status: 'UNHEALTHY',
      filestore_status: 'OK',
    });
    expect((await ping('?get_server_status=true&use_rest_semantics=true')).status).toBe(200);
    expect((await ping('')).body['status']).toBe('OK');
    expect(await site.stop()).toBe('exit code 0');
  }, 40_000);
});
