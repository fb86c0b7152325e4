import { expect, it } from 'vitest';
import type { ExportedUser } from '../../../src/providers/identity/export.ts';
import { matchUsers, type DatabaseUser } from '../../../src/providers/identity/match-users.ts';

it('matches users by service and id, whatever their names', () => {
  const { matched, lockedOut, overwritten } = match(
    [inDatabase('alice', '1001')],
    [inExport('al', '1001', { email: 'ALICE@site.test', name: 'alice' })],
  );
  expect(matched.map(({ user }) => user.username)).toEqual(['alice']);
  expect(lockedOut).toEqual([]);
  expect(overwritten.map(({ fields }) => fields)).toEqual([[{ field: 'username', from: 'alice', to: 'al' }]]);
});

it('takes user names as Mattermost does, and an export without names for silence', () => {
  const { overwritten } = match(
    [inDatabase('zoe.m-b', '1001')],
    [inExport('Zoe.M B', '1001', { email: 'zoe.m-b@site.test', name: '' })],
  );
  expect(overwritten).toEqual([]);
});

it('finds nothing to say about users who agree', () => {
  const { overwritten, emailConflicts, newAccounts, reactivated } = match(
    [inDatabase('alice', '1001')],
    [inExport('alice', '1001')],
  );
  expect([overwritten, emailConflicts, newAccounts, reactivated]).toEqual([[], [], [], []]);
});

it.each([
  ['absent', inDatabase('alice', '1001'), inExport('bob', '1002')],
  ['other-id', inDatabase('alice', '1001'), inExport('alice', '2001')],
  ['disabled', inDatabase('alice', '1001'), inExport('alice', '1001', { active: false })],
  ['other-service', inDatabase('alice', '1001', { authService: 'openid' }), inExport('alice', '1001')],
  ['new-account', inDatabase('alice', '1001'), inExport('alice', '2001', { email: 'alice@new.test' })],
  ['no-id', inDatabase('alice', null), inExport('alice', '1001')],
] as const)('says that an active user is locked out: %s', (reason, user, exported) => {
  expect(
    match([user], [exported]).lockedOut.map((lockout) => [lockout.user.username, lockout.reason]),
  ).toEqual([['alice', reason]]);
});

it.each(['saml', 'ldap', 'google', 'office365', 'made-up-later'])(
  'judges no user of %s yet',
  (authService) => {
    const { lockedOut, notJudged } = match(
      [
        inDatabase('alice', 'a@b', { authService }),
        inDatabase('gone', 'g@b', { authService, active: false }),
      ],
      [inExport('bob', '1002')],
    );
    expect(lockedOut).toEqual([]);
    expect(notJudged.map(({ username }) => username)).toEqual(['alice']);
  },
);

it('says who would sign in to the account of somebody else', () => {
  const users = [inDatabase('alice', '1001'), inDatabase('bob', '1002'), inDatabase('carla', '1003')];
  const swapped = [inExport('bob', '1001'), inExport('alice', '1002'), inExport('carla', '1003')];
  const { taken, matched, lockedOut, overwritten } = match(users, swapped);
  expect(taken.map(({ owner, user }) => `${owner.username} as ${user.username}`)).toEqual([
    'bob as alice',
    'alice as bob',
  ]);
  expect(matched.map(({ user }) => user.username)).toEqual(['carla']);
  expect([lockedOut, overwritten]).toEqual([[], []]);
});

it('names who has the e-mail address of somebody who is locked out', () => {
  const [lockout] = match([inDatabase('alice', '1001')], [inExport('alice', '2001')]).lockedOut;
  expect(lockout?.exported?.id).toBe('2001');
});

it('locks out neither deactivated users nor those with a password', () => {
  const users = [
    inDatabase('gone', '1013', { active: false }),
    inDatabase('judy', null, { authService: '' }),
  ];
  expect(match(users, [inExport('bob', '1002')]).lockedOut).toEqual([]);
});

it('says who would be reactivated by signing in', () => {
  const users = [inDatabase('mallory', '1013', { active: false })];
  expect(match(users, [inExport('mallory', '1013')]).reactivated.map(({ user }) => user.username)).toEqual([
    'mallory',
  ]);
  expect(match(users, [inExport('mallory', '1013', { active: false })]).reactivated).toEqual([]);
});

it('says who would get a new account', () => {
  const { newAccounts } = match(
    [inDatabase('alice', '1001')],
    [inExport('alice', '1001'), inExport('zoe', '1099'), inExport('off', '1', { active: false })],
  );
  expect(newAccounts.map(({ username }) => username)).toEqual(['zoe']);
});

it('says whose e-mail address belongs to somebody else', () => {
  const users = [inDatabase('judy', null, { authService: '' }), inDatabase('alice', '1001')];
  const { emailConflicts, newAccounts, taken } = match(users, [
    inExport('judy', '1010'),
    inExport('alice', '1001', { email: 'judy@site.test' }),
  ]);
  expect(emailConflicts.map(({ exported, user }) => `${exported.id} ${user.username}`)).toEqual([
    '1010 judy',
  ]);
  // That one is found by id: she would write in the account of Alice, with Judy's address.
  expect(taken.map(({ exported, owner }) => `${exported.id} ${owner.username}`)).toEqual(['1001 judy']);
  expect(newAccounts).toEqual([]);
});

it('does not mix up the ids of two services', () => {
  const { matched, newAccounts } = match(
    [inDatabase('alice', '1001', { authService: 'openid' })],
    [inExport('zoe', '1001')],
  );
  expect(matched).toEqual([]);
  expect(newAccounts.map(({ username }) => username)).toEqual(['zoe']);
});

function match(users: readonly DatabaseUser[], exported: readonly ExportedUser[]) {
  return matchUsers(users, exported, 'gitlab');
}

function inDatabase(
  username: string,
  authData: string | null,
  more: Partial<DatabaseUser> = {},
): DatabaseUser {
  return {
    id: `id-of-${username}`,
    username,
    email: `${username}@site.test`,
    name: username,
    authService: 'gitlab',
    authData,
    active: true,
    ...more,
  };
}

function inExport(username: string, id: string, more: Partial<ExportedUser> = {}): ExportedUser {
  return { id, username, email: `${username}@site.test`, name: username, active: true, ...more };
}
