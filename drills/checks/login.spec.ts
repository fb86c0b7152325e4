import {
  checkOf,
  chooseChannel,
  enterChannel,
  expect,
  findReader,
  liveMessage,
  memberOf,
  pairOf,
  postOf,
  readRun,
  test,
  tryByPassword,
  tryThroughIdp,
  usernamesOf,
} from '../../fixtures/index.ts';

const run = readRun();
const { first } = pairOf(run);
const THROUGH_IDP = { suite: 'login', code: 'SIGN_IN_REFUSED', story: 'Through the secondary IdP' } as const;

for (const username of usernamesOf(run, 'member', 'admin')) {
  test(
    `${username} signs in through the secondary identity provider`,
    checkOf(`login.secondary-idp.${username}`, THROUGH_IDP),
    async ({ check, visitors }) => {
      const member = memberOf(run, username);
      const visitor = await visitors.newcomer();
      await visitors.signIn(visitor, member);
      const me = await visitor.api.get<{ username: string }>('/users/me');
      const withCode = (await member.totp()) === undefined ? '' : ' with a one-time code';
      check.saw({
        expected: `${username} gets in${withCode}`,
        seen: `signed in as ${me.username}${withCode}`,
      });
      expect(me.username, 'the account that got in').toBe(username);
    },
  );

  // The clock of the recovery stops here, so nothing else comes before it.
  if (username === first) {
    test(
      'A user who has signed in posts a message and sees it arrive',
      checkOf('login.first-message', { suite: 'login', code: 'MESSAGE_LOST', story: 'First message' }),
      async ({ check, visitors }) => {
        const visitor = await visitors.as(username);
        const place = await chooseChannel(visitor.api);
        const channel = await enterChannel(visitor, place);
        const message = liveMessage(run, 'first message');
        await channel.send(message);
        const event = await visitor.socket.waitFor(
          '"posted" event with the message',
          (one) => one.event === 'posted' && postOf(one).message === message,
        );
        check.messageCameBack(event.at);
        await expect(channel.text(postOf(event).id)).toBeVisible();
        check.saw({
          expected: `a message by ${username} comes back over the WebSocket and is shown`,
          seen: `it came back in ${place.team}/${place.channel} and is shown`,
        });
      },
    );
  }
}

test(
  'The site gives itself the name that people type',
  checkOf('login.site-url', { suite: 'login', code: 'SITE_URL_WRONG', story: 'Same name' }),
  async ({ check, visitors }) => {
    const { api, page } = await visitors.newcomer();
    await page.goto('/');
    const { SiteURL: told } = await api.get<{ SiteURL: string }>('/config/client?format=old');
    check.saw({ expected: run.config.site.url, seen: told });
    expect(new URL(told).origin).toBe(new URL(run.config.site.url).origin);
  },
);

for (const username of usernamesOf(run, 'member', 'admin')) {
  test(
    `${username} is still the same account, with the same roles, teams and channels`,
    checkOf(`login.same-account.${username}`, {
      ...THROUGH_IDP,
      code: 'ACCOUNT_CHANGED',
      story: 'Same accounts',
    }),
    async ({ check, visitors }) => {
      const { before } = memberOf(run, username);
      if (!before) throw new Error(`ACCOUNT_MISSING: the restored database holds no user "${username}"`);
      const { api, page } = await visitors.as(username);
      const me = await api.get<{ id: string; roles: string }>('/users/me');
      const teams = await api.get<{ name: string }[]>('/users/me/teams');
      const channels = await api.get<{ id: string }[]>('/users/me/channels');
      await page.goto('/');
      const expected = accountOf(before);
      const seen = accountOf({
        ...me,
        teams: teams.map(({ name }) => name),
        channels: channels.map(({ id }) => id),
      });
      check.saw({ expected: inWords(expected), seen: inWords(seen) });
      expect(seen).toEqual(expected);
    },
  );
}

forEachOf('break-glass', (username) => {
  test(
    `${username ?? 'A break-glass account'} signs in by password and one-time code, without any identity provider`,
    checkOf(idOf('break-glass', username), { suite: 'login', code: 'SIGN_IN_REFUSED', story: 'Break-glass' }),
    async ({ check, visitors }) => {
      test.skip(username === undefined, 'The config names no member with part: break-glass.');
      const member = memberOf(run, username ?? '');
      const visitor = await visitors.newcomer();
      await visitors.signIn(visitor, member);
      const me = await visitor.api.get<{ id: string; username: string }>('/users/me');
      check.saw({
        expected: `${member.username} (${member.before?.id}) gets in by password and code`,
        seen: `signed in as ${me.username} (${me.id})`,
      });
      expect(me.id).toBe(member.before?.id);
      expect(await member.totp(), 'a break-glass account needs an authenticator').toBeDefined();
    },
  );
});

forEachOf('stranger', (username) => {
  const wanted = run.config.identity.strangers;
  test(
    `${username ?? 'Somebody'} whom only the identity provider knows is ${wanted}`,
    checkOf(idOf('stranger', username), { suite: 'login', code: 'STRANGER_OUTCOME', story: 'Strangers' }),
    async ({ check, visitors }) => {
      test.skip(username === undefined, 'The config names no member with part: stranger.');
      const { page } = await visitors.newcomer();
      const outcome = await tryThroughIdp(page, memberOf(run, username ?? ''), run);
      test.skip(
        outcome === 'refused by the identity provider',
        `The identity provider itself refuses ${username}, so what Mattermost would do is not known.`,
      );
      check.saw({ expected: wanted === 'refused' ? 'refused by Mattermost' : 'signed in', seen: outcome });
      expect(outcome).toBe(wanted === 'refused' ? 'refused by Mattermost' : 'signed in');
    },
  );
});

forEachOf('deactivated', (username) => {
  test(
    `${username ?? 'A deactivated user'} who was deactivated gets no way in`,
    checkOf(idOf('deactivated', username), {
      suite: 'login',
      code: 'DEACTIVATED_GOT_IN',
      story: 'Deactivated',
    }),
    async ({ check, visitors }) => {
      test.skip(username === undefined, 'The config names no member with part: deactivated.');
      const member = memberOf(run, username ?? '');
      test.skip(!member.before, `The restored database holds no user "${username}".`);
      test.skip(member.before?.active === true, `${username} is active in the restored database.`);
      const { page } = await visitors.newcomer();
      // Mattermost reactivates a deactivated account that comes through OAuth, so the provider must not know it.
      const attempt = member.before?.authService === '' ? tryByPassword : tryThroughIdp;
      const outcome = await attempt(page, member, run);
      const account = `/users/${member.before?.id}`;
      const witness = await findReader(run, visitors, account);
      test.skip(!witness, 'Nobody could sign in to look at the account.');
      const after = await witness?.api.get<{ delete_at: number }>(account);
      const deletedAt = after?.delete_at ?? 0;
      check.saw({
        expected: 'refused, and the account stays deactivated',
        seen: `${outcome}, and the account is ${deletedAt > 0 ? 'deactivated' : 'active'}`,
      });
      expect(outcome).not.toBe('signed in');
      expect(deletedAt, 'time of deactivation').toBeGreaterThan(0);
    },
  );
});

/** Without such a member the check stands all the same, unanswered. */
function forEachOf(
  part: 'break-glass' | 'stranger' | 'deactivated',
  define: (username: string | undefined) => void,
): void {
  const usernames = usernamesOf(run, part);
  for (const username of usernames.length === 0 ? [undefined] : usernames) define(username);
}

function idOf(part: string, username: string | undefined): string {
  return username === undefined ? `login.${part}` : `login.${part}.${username}`;
}

interface SameAccount {
  readonly id: string;
  readonly roles: readonly string[];
  readonly teams: readonly string[];
  readonly channels: readonly string[];
}

function accountOf({
  id,
  roles,
  teams,
  channels,
}: Omit<SameAccount, 'roles'> & { roles: string }): SameAccount {
  return {
    id,
    roles: roles.split(' ').toSorted(),
    teams: teams.toSorted(),
    channels: channels.toSorted(),
  };
}

function inWords({ id, roles, teams, channels }: SameAccount): string {
  return `id ${id}, ${roles.join(' ')}, in ${teams.join(' and ') || 'no team'} and ${channels.length} channels`;
}
