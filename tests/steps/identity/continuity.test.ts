import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import path from 'node:path';
import type { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { exportUsers } from '../../../lab/identity/users.ts';
import type { ConfigInput } from '../../../src/model/config.ts';
import { promisesOf } from '../../../src/model/drill.ts';
import type { Facts } from '../../../src/model/facts.ts';
import { askWhereToSignIn } from '../../../src/steps/identity/ask-where-to-sign-in.ts';
import { auditAccounts, identityIsContinuous } from '../../../src/steps/index.ts';
import { openRestored, type RestoredConnection } from '../../../src/steps/restore/restored-database.ts';
import type { TestContext } from '../../support/step-context.ts';
import { openRestoredTestSite, type RestoredTestSite } from '../restored-site.ts';
import { listen } from '../../support/listen.ts';

let site: RestoredTestSite;
let connection: RestoredConnection;
let client: Client;
/** Somebody who signs in through the IdP, and nobody's drill member. */
let someone: string;

beforeAll(async () => {
  site = await openRestoredTestSite();
  connection = await openRestored(site.facts.database!);
  client = connection.client;
  const members = site.config.members?.map(({ username }) => username) ?? [];
  someone =
    site.record.users.find(
      ({ username, authService, deactivated }) =>
        authService !== '' && !deactivated && !members.includes(username),
    )?.username ?? '';
}, 120_000);
afterAll(async () => {
  await connection?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
});
// As quarantine leaves it.
beforeEach(() => client.query('delete from sessions'));

it('keeps its promises about a copy in which everybody is who they were', async () => {
  await using ctx = await open();
  await auditAccounts().run(ctx);
  expect(ctx.checks.map(({ id, verdict }) => `${id} ${verdict}`).toSorted()).toEqual(
    promisesOf(auditAccounts(), ctx)
      .map((id) => `${id} passed`)
      .toSorted(),
  );
  ctx.checks.length = 0;
  await identityIsContinuous().run(ctx);
  expect(ctx.checks.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(
    promisesOf(identityIsContinuous(), ctx).map((id) => `${id} passed`),
  );
  await auditAccounts().undo?.(ctx);
  expect([...ctx.resources]).toEqual([]);
});

it.each<[string, string, string, string]>([
  ['an id that the IdP does not know', `authdata = '990001'`, 'identity.restored.users', 'USERS_LOCKED_OUT'],
  [
    'another e-mail address',
    `email = 'was@lantern.example'`,
    'identity.restored.attributes',
    'NAMES_OVERWRITTEN',
  ],
  ['been deactivated', 'deleteat = 1', 'identity.restored.deactivated', 'DEACTIVATED_STILL_KNOWN'],
])('misses somebody who has %s', async (_what, change, id, code) => {
  await using ctx = await audited(`update users set ${change} where username = '${someone}'`);
  expect(ctx.checkOf(id)).toMatchObject({ verdict: 'missed', code });
  expect(ctx.checkOf(id).seen).toContain(someone);
});

it.each<[string, string, string]>([
  ['is not there', `update users set username = 'somebody.else' where username = $1`, 'MEMBER_MISSING'],
  ['is deactivated', 'update users set deleteat = 1 where username = $1', 'MEMBER_UNFIT'],
  [
    'signs in by password',
    `update users set authservice = '', authdata = null where username = $1`,
    'MEMBER_UNFIT',
  ],
])('misses a member who %s', async (_what, change, code) => {
  await using ctx = await audited(change.replace('$1', `'${memberOf('member')}'`));
  expect(ctx.checkOf('identity.restored.members')).toMatchObject({ verdict: 'missed', code });
});

it('misses a member who should be an administrator, and a stranger whom the copy knows', async () => {
  const members = site.config.members?.map((member) =>
    member.username === memberOf('member') ? { ...member, part: 'admin' as const } : member,
  );
  await using ctx = await open({ members: members ?? [] });
  await auditAccounts().run(ctx);
  expect(ctx.checkOf('identity.restored.members')).toMatchObject({ verdict: 'missed', code: 'ROLE_LOST' });
  await using other = await audited(`update users set username = 'passer-by' where username = '${someone}'`);
  expect(other.checkOf('identity.restored.members').code).toBe('MEMBER_UNFIT');
});

it.each([
  ['are empty', `mfasecret = ''`],
  ['are no secrets', `mfasecret = 'not base32!'`],
  ['are those of others', `mfasecret = 'KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU'`],
  ['are forgotten', `mfaactive = false`],
])('misses secrets of second factors that %s', async (_what, change) => {
  await using ctx = await audited(`update users set ${change} where mfaactive`);
  expect(ctx.checkOf('identity.restored.second-factor')).toMatchObject({
    verdict: 'missed',
    code: 'TOTP_LOST',
  });
  expect(JSON.stringify(ctx.checks)).not.toContain('KRSXG5CT');
});

it('does not pass second factors and a way in without an IdP that nobody has', async () => {
  const members = site.config.members?.filter(({ part }) => part !== 'break-glass') ?? [];
  await using ctx = await audited('update users set mfaactive = false', { members });
  expect(ctx.checkOf('identity.restored.second-factor')).toMatchObject({
    verdict: 'unverified',
    code: 'NO_SECOND_FACTOR',
  });
  expect(ctx.checkOf('identity.restored.break-glass').verdict).toBe('unverified');
});

it.each([
  ['is deactivated', 'deleteat = 1'],
  ['has no password', `password = ''`],
  ['needs an IdP', `authservice = 'gitlab', authdata = '990009'`],
  ['is not there', `username = 'somebody.else'`],
])('misses a break-glass account that %s', async (_what, change) => {
  await using ctx = await audited(`update users set ${change} where username = '${memberOf('break-glass')}'`);
  expect(ctx.checkOf('identity.restored.break-glass')).toMatchObject({
    verdict: 'missed',
    code: 'BREAK_GLASS_UNUSABLE',
  });
});

it.each<[string, string, string, string]>([
  [
    'an account was changed',
    `update users set email = 'new@x.test' where username = $1`,
    'identity.accounts-unchanged',
    'ACCOUNTS_CHANGED',
  ],
  [
    'a role was given',
    `update users set roles = 'system_admin' where username = $1`,
    'identity.accounts-unchanged',
    'ACCOUNTS_CHANGED',
  ],
  [
    'an account is gone',
    'delete from users where username = $1',
    'identity.user-count',
    'USER_COUNT_CHANGED',
  ],
  [
    'an account was added',
    `${twin('twin', 'gitlab')}; select $1`,
    'identity.user-count',
    'USER_COUNT_CHANGED',
  ],
  [
    'a stranger got one who is to be refused',
    `${twin('passer-by', 'gitlab')}; select $1`,
    'identity.user-count',
    'USER_COUNT_CHANGED',
  ],
  [
    'a session from before is left',
    `insert into sessions (id, token, createat, userid) values ('old', 'old', 1, $1)`,
    'identity.sessions',
    'SESSIONS_LEFT',
  ],
])('misses after the sign-ins that %s', async (_what, change, id, code) => {
  await using ctx = await continued({ change: change.replace('$1', `'${someone}'`) });
  expect(ctx.checkOf(id)).toMatchObject({ verdict: 'missed', code });
});

it('lets a stranger have an account where the site is meant to give them one, and nobody else', async () => {
  const identity = { ...site.config.identity!, strangers: 'created' as const };
  await using ctx = await continued({ change: twin('passer-by', 'gitlab'), config: { identity } });
  expect(ctx.checkOf('identity.user-count').verdict).toBe('passed');
  await using other = await continued({ change: twin('passer-by', ''), config: { identity } });
  expect(other.checkOf('identity.user-count').verdict).toBe('missed');
});

it('misses a site that sends people elsewhere, or nowhere', async () => {
  const { identity } = site.config;
  const elsewhere = {
    ...identity!,
    secondary: { ...identity!.secondary, authorizationUrl: 'https://sso3.example.test/oauth/authorize' },
  } as ConfigInput['identity'];
  await using ctx = await continued({ config: { identity: elsewhere } });
  expect(ctx.checkOf('identity.sign-in-page')).toMatchObject({
    verdict: 'missed',
    code: 'SIGN_IN_ELSEWHERE',
  });
  const primary = { ...identity!, primary: { hosts: ['sso.drill.test'] } };
  await using sent = await continued({ config: { identity: primary } });
  expect(sent.checkOf('identity.sign-in-page').code).toBe('SIGN_IN_ELSEWHERE');
  const { clientId, clientSecret, ca } = identity!.secondary;
  const openid = {
    ...identity!,
    secondary: { kind: 'openid' as const, discoveryUrl: 'https://127.0.0.1:1/', clientId, clientSecret, ca },
  };
  await using nowhere = await continued({ config: { identity: openid } });
  expect(nowhere.checkOf('identity.sign-in-page')).toMatchObject({
    verdict: 'missed',
    code: 'SIGN_IN_ELSEWHERE',
  });
});

it('misses a site that sends people nowhere to sign in', async () => {
  const { certificate, key } = site.config.tls!;
  const server = createServer(
    { cert: await readFile(certificate), key: await readFile(key) },
    (_request, response) => response.writeHead(501).end(),
  );
  const port = await listen(server);
  try {
    await using ctx = await open();
    ctx.set('site', { ...ctx.get('site'), address: '127.0.0.1', port });
    expect(await askWhereToSignIn(ctx)).toMatchObject({ verdict: 'missed', code: 'NO_SIGN_IN_PAGE' });
  } finally {
    server.close();
  }
});

it('leaves open whether anybody needs a primary IdP that answers, or of which nobody told', async () => {
  const { certificate, key } = site.config.tls!;
  let status = 200;
  const server = createServer(
    { cert: await readFile(certificate), key: await readFile(key) },
    (_request, response) => response.writeHead(status).end(),
  );
  const url = `https://127.0.0.1:${await listen(server)}/`;
  const ask = async (primary: ConfigInput['identity']['primary']) => {
    await using ctx = await continued({ config: { identity: { ...site.config.identity!, primary } } });
    return ctx.checkOf('identity.primary-dead');
  };
  try {
    // Its certificate is for another name: still it is there.
    expect(await ask({ hosts: ['x'], url })).toMatchObject({
      verdict: 'unverified',
      code: 'PRIMARY_ANSWERS',
    });
    status = 503;
    expect(await ask({ hosts: ['x'] })).toMatchObject({ verdict: 'unverified', code: 'PRIMARY_UNKNOWN' });
  } finally {
    server.close();
  }
});

/** A second account for somebody. */
function twin(username: string, service: string): string {
  return `insert into users (id, username, email, authservice, authdata, deleteat)
          values ('${'t'.repeat(26)}', '${username}', 'twin@x.test', '${service}', '990009', 0)`;
}

function memberOf(part: string): string {
  return site.config.members?.find((member) => (member.part ?? 'member') === part)?.username ?? '';
}

/** The context after the step, on a copy that is as it was but for this. */
async function audited(change: string, config: Partial<ConfigInput> = {}): Promise<TestContext> {
  const ctx = await open(config);
  await changed(change, () => auditAccounts().run(ctx));
  return ctx;
}

interface Continued {
  readonly change?: string;
  readonly config?: Partial<ConfigInput>;
}

/** The same, of what happens between the audit and the sign-ins. */
async function continued({ change, config = {} }: Continued): Promise<TestContext> {
  const ctx = await open(config);
  await auditAccounts().run(ctx);
  await changed(change ?? 'select 1', () => identityIsContinuous().run(ctx));
  return ctx;
}

/** The steps look from a connection of their own, so the change is made, and then taken back from a copy of the rows. */
async function changed(change: string, work: () => Promise<void>): Promise<void> {
  await client.query('create table users_before as select * from users');
  try {
    await client.query(change);
    await work();
  } finally {
    await client.query('delete from users');
    await client.query('insert into users select * from users_before');
    await client.query('drop table users_before');
  }
}

async function open(config: Partial<ConfigInput> = {}): Promise<TestContext> {
  const { identity = site.config.identity! } = config;
  const ctx = await site.context({ privacy: { userNames: 'keep' }, ...config });
  const file = path.join(ctx.directory, 'users.json');
  const people = site.record.users.filter(({ authService, bot }) => authService === 'gitlab' && !bot);
  await exportUsers(
    people.map(({ authData, username, email, firstName, lastName, deactivated }) => ({
      id: Number(authData),
      username,
      email,
      name: `${firstName} ${lastName}`,
      password: '',
      disabled: deactivated,
    })),
    file,
  );
  Object.assign(ctx.config.identity.secondary, { export: file });
  const { primary } = identity;
  if (config.identity === undefined)
    Object.assign(ctx.config.identity.primary, primary, { url: 'https://127.0.0.1:1/' });
  const scratch: Facts['scratch'] = {
    directory: ctx.config.scratch.directory,
    address: '127.0.0.1',
    port: 1,
    databaseDirectory: null,
  };
  ctx.set('scratch', scratch);
  return ctx;
}
