import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { exportUsers, type IdentityUser } from '../../../lab/identity/users.ts';
import { createCertificateAuthority, issueCertificate, type CertificateAuthority } from '../../../lab/tls.ts';
import { promisesOf } from '../../../src/model/drill.ts';
import { days, minutes, seconds, type Milliseconds } from '../../../src/model/duration.ts';
import { readPublishedKeys } from '../../../src/providers/identity/published-keys.ts';
import { secondaryIdpHoldsEveryUser } from '../../../src/steps/preflight/secondary-idp-holds-every-user.ts';
import { USERS } from '../../lab/test-identity.ts';
import { openStepContext, type TestContext } from '../../support/step-context.ts';
import { FOLDER, putDump, TAKEN_AT } from '../backups/real-backups.ts';
import { listen } from '../../support/listen.ts';

const VALID_FOR = days(60);
const newKey = (bits = 2_048) =>
  generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'jwk' });
const KEY = newKey();

let directory: string;
let authority: CertificateAuthority;
let server: Server;
let origin: string;
/** How far the provider's clock is ahead; undefined: it does not tell the time. */
let ahead: Milliseconds | undefined;
let status: number;
/** What it says of itself, beside the endpoints that it really has. */
let metadata: Record<string, unknown>;
let keys: readonly unknown[];

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'muster-test-idp-'));
  authority = await createCertificateAuthority(directory);
  const { certFile, keyFile } = await issueCertificate(authority, {
    names: [],
    addresses: ['127.0.0.1'],
    validUntil: new Date(Date.now() + VALID_FOR),
  });
  const [cert, key] = await Promise.all([readFile(certFile), readFile(keyFile)]);
  server = createServer({ cert, key }, (request, response) => {
    response.sendDate = false;
    if (ahead !== undefined) response.setHeader('Date', new Date(Date.now() + ahead).toUTCString());
    response.writeHead(status).end(pageOf(request.url ?? ''));
  });
  origin = `https://127.0.0.1:${await listen(server)}`;
});
beforeEach(() => {
  ahead = 0;
  status = 200;
  metadata = {};
  keys = [KEY];
});
afterAll(async () => {
  server?.close();
  await rm(directory, { recursive: true, force: true });
});

function pageOf(url: string): string {
  const document = {
    issuer: origin,
    authorization_endpoint: `${origin}/oauth/authorize`,
    token_endpoint: `${origin}/oauth/token`,
    jwks_uri: `${origin}/keys`,
    ...metadata,
  };
  if (url === '/keys') return JSON.stringify({ keys });
  return url.startsWith('/.well-known/') ? JSON.stringify(document) : 'Sign in';
}

it('keeps all its promises where everybody is held under the right id', async () => {
  await using ctx = await run();
  expect(ctx.checks.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(
    promisesOf(secondaryIdpHoldsEveryUser(), ctx).map((id) => `${id} passed`),
  );
  // alice, bob and dave; carol is deactivated, and ruth signs in by password.
  expect(ctx.checkOf('identity.users').seen).toMatch(/^3 of 5 /);
});

it.each<[string, (user: IdentityUser) => IdentityUser[], string]>([
  ['is not known there', () => [], 'absent'],
  ['is known under another id', (user) => [{ ...user, id: 7001 }], 'other-id'],
  ['may not sign in there', (user) => [{ ...user, disabled: true }], 'disabled'],
])('misses when a user %s', async (_what, change, reason) => {
  await using ctx = await run({
    exported: USERS.flatMap((user) => (user.username === 'bob' ? change(user) : [user])),
  });
  const missed = ctx.checkOf('identity.users');
  expect(missed).toMatchObject({
    verdict: 'missed',
    code: 'USERS_LOCKED_OUT',
    metric: { key: 'users_locked_out', value: 1 },
  });
  expect(missed.seen).toContain(`1 would be locked out: bob (${reason})`);
  expect(ctx.checkOf('identity.deactivated').verdict).toBe('passed');
  expect(JSON.parse(ctx.attachments.get('users-at-the-secondary-idp.json') ?? '')).toMatchObject({
    lockedOut: [{ user: 'bob', authData: '1002', reason }],
  });
});

it('names nobody unless the site allows it', async () => {
  await using ctx = await run({
    exported: USERS.filter(({ username }) => username !== 'bob'),
    userNames: 'mask',
  });
  expect(ctx.checkOf('identity.users').seen).toContain('user id-of-bob');
  expect(ctx.attachments.get('users-at-the-secondary-idp.json')).not.toMatch(/"bob|bob@/);
});

it('misses when two people have each other’s id there', async () => {
  const ids: Record<string, number> = { alice: 1002, bob: 1001 };
  const exported = USERS.map((user) => ({ ...user, id: ids[user.username] ?? user.id }));
  await using ctx = await run({ exported });
  expect(ctx.checkOf('identity.owners')).toMatchObject({
    verdict: 'missed',
    code: 'ID_OF_ANOTHER',
    seen: '2 would sign in to another’s account: alice as bob, bob as alice',
  });
});

it('misses when the e-mail address of a user stands under another id there', async () => {
  const mail = { id: 7001, username: 'newcomer', email: 'ruth@drill.test', name: 'New', password: '' };
  await using ctx = await run({ exported: [...USERS, mail] });
  expect(ctx.checkOf('identity.emails')).toMatchObject({
    verdict: 'missed',
    code: 'EMAIL_REUSED',
    seen: '1 would be turned away (already_attached): newcomer (7001) with that of ruth',
  });
  expect(ctx.checkOf('identity.users').verdict).toBe('passed');
});

it('misses when signing in would overwrite an e-mail address, and says by what', async () => {
  const exported = USERS.map((user) =>
    user.username === 'bob' ? { ...user, email: 'robert@drill.test' } : user,
  );
  await using ctx = await run({ exported });
  const missed = ctx.checkOf('identity.attributes');
  expect(missed).toMatchObject({ verdict: 'missed', code: 'NAMES_OVERWRITTEN' });
  expect(missed.seen).toContain('1 would be overwritten: bob (email');
  expect(JSON.parse(ctx.attachments.get('users-at-the-secondary-idp.json') ?? '').overwritten).toContainEqual(
    {
      user: 'bob',
      fields: expect.arrayContaining([
        { field: 'email', from: 'bob@drill.test', to: 'robert@drill.test' },
      ]) as unknown,
    },
  );
});

it('does not pass where people sign in by a service that is not judged yet', async () => {
  await using ctx = await run({ service: 'saml' });
  expect(ctx.checkOf('identity.users')).toMatchObject({
    verdict: 'unverified',
    code: 'SERVICE_NOT_JUDGED',
    seen: '3 sign in by saml (3), which is not judged yet',
  });
});

it('misses when somebody who is deactivated would be let in there', async () => {
  await using ctx = await run({ exported: USERS.map((user) => ({ ...user, disabled: false })) });
  expect(ctx.checkOf('identity.deactivated')).toMatchObject({
    verdict: 'missed',
    code: 'DEACTIVATED_STILL_KNOWN',
    seen: '1 would be reactivated: carol',
  });
  expect(ctx.checkOf('identity.users').verdict).toBe('passed');
});

it('does not pass where nobody in the dump signs in through it', async () => {
  await using ctx = await run({ inDump: [] });
  expect(ctx.checkOf('identity.users').verdict).toBe('unverified');
});

it('verifies nothing about users without an export', async () => {
  await using ctx = await run({ exported: undefined });
  for (const id of ['identity.users', 'identity.owners', 'identity.deactivated'])
    expect(ctx.checkOf(id)).toMatchObject({ verdict: 'unverified', code: 'NO_EXPORT' });
});

it.each([minutes(2), -minutes(2)])('misses when its clock is %d ms ahead of ours', async (skew) => {
  ahead = skew;
  await using ctx = await run();
  expect(ctx.checkOf('identity.clock')).toMatchObject({ verdict: 'missed', code: 'CLOCK_SKEW' });
});

it('passes a clock that one-time codes put up with, and does not pass one that nobody sees', async () => {
  ahead = seconds(15);
  await using near = await run();
  expect(near.checkOf('identity.clock').verdict).toBe('passed');
  ahead = undefined;
  await using silent = await run();
  expect(silent.checkOf('identity.clock')).toMatchObject({ verdict: 'unverified', code: 'NO_CLOCK' });
});

it('misses when its certificate expires within a fortnight of the outage', async () => {
  await using ctx = await run({ outageAt: new Date(Date.now() + VALID_FOR - days(13)) });
  expect(ctx.checkOf('identity.certificate')).toMatchObject({
    verdict: 'missed',
    code: 'CERTIFICATE_EXPIRES',
    metric: { value: 12 },
  });
});

it.each<[string, Record<string, unknown>, string]>([
  [
    'a page for passwords that the site is not told of',
    { authorization_endpoint: 'https://127.0.0.1:1/new' },
    'the site has',
  ],
  [
    'another page for tokens',
    { token_endpoint: 'https://127.0.0.1:1/new' },
    'token_endpoint is https://127.0.0.1:1/new',
  ],
  ['the primary', { jwks_uri: 'https://sso.example.test/keys' }, 'is the primary'],
  ['a page without https', { userinfo_endpoint: 'http://127.0.0.1/user' }, 'is not https'],
])('misses when its metadata names %s', async (_what, said, seen) => {
  metadata = said;
  await using ctx = await runToTheEnd();
  const missed = ctx.checkOf('identity.metadata');
  expect(missed).toMatchObject({ verdict: 'missed', code: 'METADATA_INCONSISTENT' });
  expect(missed.seen).toContain(seen);
});

it('misses when its metadata is that of another issuer, and ends', async () => {
  metadata = { issuer: 'https://old.example.test' };
  await using ctx = await runToTheEnd();
  expect(ctx.checkOf('identity.metadata').code).toBe('METADATA_INCONSISTENT');
  expect(ctx.checkOf('identity.keys').verdict).toBe('unverified');
});

it('does not vouch for endpoints of another house', async () => {
  metadata = { userinfo_endpoint: 'https://graph.example.test/user' };
  await using ctx = await run();
  expect(ctx.checkOf('identity.metadata')).toMatchObject({ verdict: 'unverified', code: 'METADATA_FOREIGN' });
});

it.each<[string, readonly unknown[], string]>([
  ['is no key', [{ kty: 'RSA', n: 7 }], 'is no key'],
  ['is too short', [newKey(1_024)], 'has 1024 bits'],
  ['is private', [{ ...KEY, d: 'AQ' }], 'private half'],
  ['is for encryption alone', [{ ...KEY, use: 'enc' }], 'none is for signatures'],
])('misses when what it signs with %s', async (_what, published, seen) => {
  keys = published;
  await using ctx = await run();
  const missed = ctx.checkOf('identity.keys');
  expect(missed).toMatchObject({ verdict: 'missed', code: 'KEYS_UNUSABLE' });
  expect(missed.seen).toContain(seen);
});

it('misses when it has other keys than before, and promises that where they are known', async () => {
  const known = readPublishedKeys([KEY]).map(({ thumbprint }) => thumbprint);
  await using same = await run({ known });
  expect(same.checkOf('identity.known-keys').verdict).toBe('passed');
  keys = [newKey()];
  await using ctx = await run({ known });
  expect(ctx.checkOf('identity.known-keys')).toMatchObject({ verdict: 'missed', code: 'KEYS_CHANGED' });
  expect(ctx.checkOf('identity.keys').verdict).toBe('passed');
});

it('does not pass metadata and keys that nobody can ask for', async () => {
  await using ctx = await run({ discovery: false });
  for (const id of ['identity.metadata', 'identity.keys'])
    expect(ctx.checkOf(id)).toMatchObject({ verdict: 'unverified', code: 'NO_DISCOVERY' });
});

it('misses when it turns the sign-in away, judges what can be judged without it, and ends', async () => {
  status = 503;
  await expect(run()).rejects.toMatchObject({ code: 'IDENTITY_UNREACHABLE' });
  await using ctx = await runToTheEnd();
  expect(ctx.checkOf('identity.reachable')).toMatchObject({ verdict: 'missed', code: 'IDP_UNREACHABLE' });
  expect(ctx.checkOf('identity.users').verdict).toBe('passed');
});

it('misses when its certificate is signed by nobody we know', async () => {
  const stranger = await createCertificateAuthority(path.join(directory, 'stranger'));
  await using ctx = await runToTheEnd({ ca: stranger.certFile });
  expect(ctx.checkOf('identity.certificate')).toMatchObject({
    verdict: 'missed',
    code: 'CERTIFICATE_UNTRUSTED',
  });
  for (const id of ['identity.clock', 'identity.metadata', 'identity.keys'])
    expect(ctx.checkOf(id)).toMatchObject({ verdict: 'unverified', code: 'IDP_UNREACHABLE' });
});

interface Given {
  /** Undefined: there is no export. */
  readonly exported?: readonly IdentityUser[] | undefined;
  readonly inDump?: readonly IdentityUser[];
  readonly outageAt?: Date;
  readonly ca?: string;
  readonly discovery?: boolean;
  readonly known?: readonly string[];
  readonly service?: string;
  readonly userNames?: 'mask' | 'keep';
}

async function run(given: Given = {}): Promise<TestContext> {
  const ctx = await prepare(given);
  try {
    await secondaryIdpHoldsEveryUser().run(ctx);
  } catch (error) {
    await ctx[Symbol.asyncDispose]();
    throw error;
  }
  return ctx;
}

/** Whether it ends with an error is another question. */
async function runToTheEnd(given: Given = {}): Promise<TestContext> {
  const ctx = await prepare(given);
  await secondaryIdpHoldsEveryUser()
    .run(ctx)
    .catch(() => {});
  return ctx;
}

async function prepare(given: Given): Promise<TestContext> {
  const { exported, inDump = USERS, outageAt, known, service = 'gitlab' } = { exported: USERS, ...given };
  const file = path.join(directory, 'users.json');
  if (exported) await exportUsers(exported, file);
  const ctx = await openStepContext({
    ...(outageAt && { outageAt }),
    config: {
      privacy: { userNames: given.userNames ?? 'keep' },
      identity: {
        secondary: {
          kind: 'gitlab',
          authorizationUrl: `${origin}/oauth/authorize`,
          tokenUrl: `${origin}/oauth/token`,
          userInfoUrl: `${origin}/api/v4/user`,
          ...(given.discovery !== false && { discoveryUrl: `${origin}/.well-known/openid-configuration` }),
          clientId: 'mattermost',
          clientSecret: { env: 'MUSTER_TEST_UNSET' },
          ca: given.ca ?? authority.certFile,
          ...(exported && { export: file }),
          ...(known && { keys: [...known] }),
        },
        primary: { hosts: ['sso.example.test'] },
      },
    },
  });
  await putDump(ctx, 'mattermost.sql', dumpOf(inDump, service));
  ctx.set('backups', {
    database: {
      location: path.join(ctx.directory, 'backups'),
      keys: [`db/${FOLDER}/mattermost.sql`],
      format: 'plain',
      compression: 'none',
      takenAt: TAKEN_AT,
      takenAtSource: 'name',
      bytes: 0,
      dumpedBy: null,
      sha256: {},
    },
    files: {
      location: path.join(ctx.directory, 'backups'),
      kind: 'prefix',
      key: 'files/',
      takenAt: TAKEN_AT,
      objects: 0,
      bytes: 0,
      sha256: {},
    },
    configuration: null,
    velero: null,
  });
  return ctx;
}

/** The users as Mattermost has them, and one who signs in by password. */
function dumpOf(users: readonly IdentityUser[], service: string): string {
  const rows = users.map(({ id, username, email, disabled = false }) => [
    `id-of-${username}`,
    username,
    email,
    service,
    String(id),
    disabled ? '1763740000000' : '0',
    'system_user',
  ]);
  const ruth = ['id-of-ruth', 'ruth', 'ruth@drill.test', '', '\\N', '0', 'system_admin'];
  return `--
-- PostgreSQL database dump
--

--
-- Data for Name: users; Type: TABLE DATA; Schema: public; Owner: mattermost
--

COPY public.users (id, username, email, authservice, authdata, deleteat, roles) FROM stdin;
${[...rows, ruth].map((cells) => cells.join('\t')).join('\n')}
\\.

--
-- PostgreSQL database dump complete
--
`;
}
