import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { chromium } from '@playwright/test';
import { generateSync } from 'otplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportUsers, type AccessLogEntry } from '../../lab/identity/index.ts';
import { requireTool } from '../../src/support/tools.ts';
import { createTrustStore } from '../../src/support/trust-store.ts';
import { openConnectProxy } from '../../src/support/connect-proxy.ts';
import { readIdentityExport } from '../../src/providers/identity/export.ts';
import { IdentityClient, type Answer } from './identity-client.ts';
import { startTestDns } from './test-dns.ts';
import { CLIENT, passwordOf, startTestIdentity, USERS, type TestIdentity } from './test-identity.ts';

let idp: TestIdentity;
beforeAll(async () => {
  idp = await startTestIdentity();
}, 30_000);
afterAll(() => idp.stop());

describe('sign-in at the lab’s identity provider', () => {
  it('ends with a code that is worth a GitLab-style user with a number id', async () => {
    const client = open();
    const back = await signIn(client, 'alice', nextCode('alice'));
    const url = new URL(back.location ?? '');
    expect(url.origin + url.pathname).toBe(`${CLIENT.site}/signup/gitlab/complete`);
    expect(url.searchParams.get('state')).toBe('a state');

    const token = await exchange(client, url.searchParams.get('code') ?? '');
    expect(token).toMatchObject({ status: 200 });
    const { access_token: bearer, token_type: type } = JSON.parse(token.body) as Record<string, string>;
    expect(type).toBe('Bearer');
    const user = await client.get(idp.userInfoUrl, { authorization: `Bearer ${bearer}` });
    expect(JSON.parse(user.body)).toMatchObject({
      id: 1001,
      username: 'alice',
      email: 'alice@drill.test',
      name: 'alice Drill',
    });
  });

  it('gives an id token with the same id to who asks for openid', async () => {
    const client = open();
    const back = await signIn(client, 'dave', undefined, {
      scope: 'openid email profile',
      service: 'openid',
    });
    const token = await exchange(
      client,
      new URL(back.location ?? '').searchParams.get('code') ?? '',
      'openid',
    );
    const { id_token: idToken = '' } = JSON.parse(token.body) as Record<string, string>;
    const claims = JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString()) as unknown;
    expect(claims).toMatchObject({ sub: '1004', iss: idp.issuer });
  });

  it('does not ask again in the same browser', async () => {
    const client = open();
    await signIn(client, 'dave');
    const again = await client.follow(await client.get(authorizationUrl()));
    expect(again.location).toContain('code=');
  });

  it('accepts each one-time code once', async () => {
    const code = nextCode('bob');
    expect((await signIn(open(), 'bob', code)).location).toContain('code=');
    const second = await signIn(open(), 'bob', code);
    expect(second).toMatchObject({ status: 401, location: undefined });
    expect(second.body).toContain('has been used before');
  });

  it('refuses a wrong one-time code', async () => {
    const valid = [-1, 0, 1, 2].map((step) => codeAt('alice', step));
    const wrong = ['000000', '111111', '222222', '333333'].find((code) => !valid.includes(code)) ?? '';
    expect(await signIn(open(), 'alice', wrong)).toMatchObject({ status: 401 });
  });

  it('refuses a wrong password, a stranger and no password at all', async () => {
    for (const [username, password] of [
      ['alice', 'wrong'],
      ['mallory', 'x'],
      ['alice', ''],
    ] as const) {
      const client = open();
      const page = await client.follow(await client.get(authorizationUrl()));
      const answer = await client.post(formAction(page), { username, password });
      expect(answer).toMatchObject({ status: 401, location: undefined });
      expect(answer.body).toContain('The username or the password is wrong.');
    }
  });

  it('refuses a disabled user who knows the password', async () => {
    const answer = await signIn(open(), 'carol');
    expect(answer).toMatchObject({ status: 401, location: undefined });
    expect(answer.body).toContain('This account is disabled.');
  });

  it('refuses a client that is not registered, and an address to return to that is not', async () => {
    const stranger = await open().get(authorizationUrl({ client_id: 'stranger' }));
    expect(stranger).toMatchObject({ status: 400, location: undefined });
    const elsewhere = await open().get(authorizationUrl({ redirect_uri: 'https://evil.test/' }));
    expect(elsewhere).toMatchObject({ status: 400, location: undefined });
  });

  it('tells nothing about a user without a token, or with a made-up one', async () => {
    expect((await open().get(idp.userInfoUrl)).status).toBe(401);
    expect((await open().get(idp.userInfoUrl, { authorization: 'Bearer made-up' })).status).toBe(401);
  });

  it('shows what it was told as text', async () => {
    const client = open();
    const page = await client.follow(await client.get(authorizationUrl()));
    const answer = await client.post(formAction(page), { username: '"><script>1</script>', password: 'x' });
    expect(answer.body).not.toContain('<script>');
  });
});

describe('its access log', () => {
  it('names every path and who asked, and holds no password, code or token', async () => {
    await signIn(open(), 'dave');
    const log = await readFile(idp.accessLog, 'utf8');
    const entries = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as AccessLogEntry);
    expect(entries).toContainEqual(
      expect.objectContaining({
        method: 'GET',
        path: '/oauth/authorize',
        remote: '127.0.0.1',
        host: new URL(idp.issuer).host,
      }),
    );
    expect(log).not.toMatch(/password of|code=|state=|Bearer/);
  });
});

describe('its export of users', () => {
  it('is what the preflight reads', async () => {
    const file = path.join(idp.directory, 'export.json');
    await exportUsers(USERS, file);
    const users = await readIdentityExport(file);
    expect(users.map(({ id, username, active }) => `${id} ${username} ${active}`)).toEqual([
      '1001 alice true',
      '1002 bob true',
      '1003 carol false',
      '1004 dave true',
    ]);
    expect(await readFile(file, 'utf8')).not.toContain('password');
  });
});

it('signs a person in through its pages, found by label and role', async () => {
  const dns = await startTestDns({ sso: idp.address }, 1);
  const { home } = await createTrustStore([idp.caFile], path.join(idp.directory, 'trust'));
  const proxy = await openConnectProxy({
    resolvers: dns.resolvers,
    logFile: path.join(idp.directory, 'proxy.jsonl'),
  });
  const browser = await chromium.launch({
    executablePath: await requireTool('chromium'),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    env: { PATH: process.env['PATH'] ?? '', HOME: home },
    proxy: { server: proxy.url },
  });
  try {
    const page = await browser.newPage();
    await page.goto(authorizationUrl());
    await page.getByLabel('Username').fill('alice');
    await page.getByLabel('Password').fill(passwordOf('alice'));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('One-time code').fill('12345');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('One-time code').fill(nextCode('alice'));
    const [request] = await Promise.all([
      page.waitForRequest((sent) => sent.url().startsWith(CLIENT.site)),
      page.getByRole('button', { name: 'Sign in' }).click(),
    ]);
    expect(new URL(request.url()).searchParams.get('code')).toMatch(/^\S{20,}$/);
  } finally {
    await browser.close();
    await proxy[Symbol.asyncDispose]();
    await dns.stop();
  }
}, 60_000);

const open = (): IdentityClient => new IdentityClient(idp);

function authorizationUrl(more: Record<string, string> = {}, service = 'gitlab'): string {
  const redirect = `${CLIENT.site}/signup/${service}/complete`;
  const query = {
    response_type: 'code',
    client_id: CLIENT.clientId,
    redirect_uri: redirect,
    state: 'a state',
    ...more,
  };
  return `${idp.authorizationUrl}?${new URLSearchParams(query)}`;
}

/** Up to the redirect back to the site, or to the page that says why not. */
async function signIn(
  client: IdentityClient,
  username: string,
  code?: string,
  { scope = '', service = 'gitlab' } = {},
): Promise<Answer> {
  const page = await client.follow(await client.get(authorizationUrl({ scope }, service)));
  const second = await client.follow(
    await client.post(formAction(page), { username, password: passwordOf(username) }),
  );
  if (code === undefined || !second.body.includes('One-time code')) return second;
  return client.follow(await client.post(formAction(second), { code }));
}

function exchange(client: IdentityClient, code: string, service = 'gitlab'): Promise<Answer> {
  const { clientId, clientSecret, site } = CLIENT;
  const redirect = `${site}/signup/${service}/complete`;
  const form = {
    grant_type: 'authorization_code',
    code,
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uri: redirect,
  };
  return client.post(idp.tokenUrl, form);
}

function formAction({ body }: Answer): string {
  const [, action] = /<form method="post" action="([^"]+)"/.exec(body) ?? [];
  if (action === undefined) throw new Error(`no form in ${body}`);
  return action;
}

/** A code that no test has used yet: the provider takes those of three steps. */
const used = new Map<string, number>();
function nextCode(username: string): string {
  const step = used.get(username) ?? 0;
  used.set(username, step + 1);
  return codeAt(username, step);
}

function codeAt(username: string, step: number): string {
  const { totpSecret: secret = '' } = USERS.find((user) => user.username === username) ?? {};
  return generateSync({ secret, epoch: Math.floor(Date.now() / 1_000) + step * 30 });
}
