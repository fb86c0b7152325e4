import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { exportUsers, type IdentityUser } from '../../../lab/identity/users.ts';
import { createCertificateAuthority, issueCertificate, type CertificateAuthority } from '../../../lab/tls.ts';
import { promisesOf } from '../../../src/model/drill.ts';
import { days, minutes, seconds, type Milliseconds } from '../../../src/model/duration.ts';
import {
  judgeDeactivated,
  secondaryIdpHoldsEveryUser,
} from '../../../src/steps/preflight/secondary-idp-holds-every-user.ts';
import { USERS } from '../../lab/test-identity.ts';
import { openStepContext, type TestContext } from '../../support/step-context.ts';
import { FOLDER, putDump, TAKEN_AT } from '../backups/real-backups.ts';

const VALID_FOR = days(60);

let directory: string;
let authority: CertificateAuthority;
let server: Server;
let origin: string;
/** How far the provider's clock is ahead; undefined: it does not tell the time. */
let ahead: Milliseconds | undefined;
let status: number;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'muster-test-idp-'));
  authority = await createCertificateAuthority(directory);
  const { certFile, keyFile } = await issueCertificate(authority, {
    names: [],
    addresses: ['127.0.0.1'],
    validUntil: new Date(Date.now() + VALID_FOR),
  });
  const [cert, key] = await Promise.all([readFile(certFile), readFile(keyFile)]);
  server = createServer({ cert, key }, (_request, response) => {
    response.sendDate = false;
    if (ahead !== undefined) response.setHeader('Date', new Date(Date.now() + ahead).toUTCString());
    response.writeHead(status).end('Sign in');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  ahead = 0;
  status = 200;
});
afterAll(async () => {
  server?.close();
  await rm(directory, { recursive: true, force: true });
});

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
    lockedOut: [{ username: 'bob', authData: '1002', reason }],
  });
});

it('misses when somebody who is deactivated would be let in there', async () => {
  await using ctx = await run({ exported: USERS.map((user) => ({ ...user, disabled: false })) });
  expect(ctx.checkOf('identity.deactivated')).toMatchObject({
    verdict: 'missed',
    code: 'DEACTIVATED_STILL_KNOWN',
    seen: 'carol',
  });
  expect(ctx.checkOf('identity.users').verdict).toBe('passed');
});

it('does not pass where nobody in the dump signs in through it', async () => {
  await using ctx = await run({ inDump: [] });
  expect(ctx.checkOf('identity.users').verdict).toBe('unverified');
});

it('does not pass where no user was read at all', () => {
  expect(judgeDeactivated({ reactivated: [] }, 0)).toMatchObject({ verdict: 'unverified', code: 'NO_USERS' });
});

it('verifies nothing about users without an export', async () => {
  await using ctx = await run({ exported: undefined });
  for (const id of ['identity.users', 'identity.deactivated'])
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
  expect(silent.checkOf('identity.clock').verdict).toBe('unverified');
});

it('misses when its certificate expires within a fortnight of the outage', async () => {
  await using ctx = await run({ outageAt: new Date(Date.now() + VALID_FOR - days(13)) });
  expect(ctx.checkOf('identity.certificate')).toMatchObject({
    verdict: 'missed',
    code: 'CERTIFICATE_EXPIRES',
    metric: { value: 12 },
  });
});

it('ends when it turns the sign-in away', async () => {
  status = 503;
  await expect(run()).rejects.toMatchObject({ code: 'IDENTITY_UNREACHABLE' });
});

interface Given {
  /** Undefined: there is no export. */
  readonly exported?: readonly IdentityUser[] | undefined;
  readonly inDump?: readonly IdentityUser[];
  readonly outageAt?: Date;
}

async function run(given: Given = {}): Promise<TestContext> {
  const { exported, inDump = USERS, outageAt } = { exported: USERS, ...given };
  const file = path.join(directory, 'users.json');
  if (exported) await exportUsers(exported, file);
  const ctx = await openStepContext({
    ...(outageAt && { outageAt }),
    config: {
      identity: {
        secondary: {
          kind: 'gitlab',
          authorizationUrl: `${origin}/oauth/authorize`,
          tokenUrl: `${origin}/oauth/token`,
          userInfoUrl: `${origin}/api/v4/user`,
          clientId: 'mattermost',
          clientSecret: { env: 'MUSTER_TEST_UNSET' },
          ca: authority.certFile,
          ...(exported && { export: file }),
        },
        primary: { hosts: ['sso.example.test'] },
      },
    },
  });
  try {
    await putDump(ctx, 'mattermost.sql', dumpOf(inDump));
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
    await secondaryIdpHoldsEveryUser().run(ctx);
  } catch (error) {
    await ctx[Symbol.asyncDispose]();
    throw error;
  }
  return ctx;
}

/** The users as Mattermost has them, and one who signs in by password. */
function dumpOf(users: readonly IdentityUser[]): string {
  const rows = users.map(({ id, username, email, disabled = false }) => [
    `id-of-${username}`,
    username,
    email,
    'gitlab',
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
