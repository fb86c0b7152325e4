import type { Check } from '../../model/check.ts';
import type { Step, StepContext } from '../../model/drill.ts';
import { days, formatDuration, minutes, seconds } from '../../model/duration.ts';
import { readIdentityExport } from '../../providers/identity/export.ts';
import { matchUsers, type UserMatch } from '../../providers/identity/match-users.ts';
import { readUsersFromDump } from '../backups/read-users.ts';
import { askSecondaryIdp } from '../secondary-idp.ts';

/** A TOTP code is good for its half minute and one on each side (RFC 6238, section 5.2). */
const CLOCK_TOLERANCE = seconds(30);
const CERTIFICATE_MARGIN = days(14);

/** The secondary identity provider answers, and would let in everybody who has to get in: asked before anybody needs it. */
export function secondaryIdpHoldsEveryUser(): Step {
  return {
    id: 'secondary-idp-holds-every-user',
    title: 'Check that the secondary IdP holds every user',
    needs: ['backups'],
    promises: [
      'identity.reachable',
      'identity.certificate',
      'identity.clock',
      'identity.users',
      'identity.deactivated',
    ],
    budget: minutes(10),
    plan: ({ identity: { secondary } }) => [
      `ask ${new URL(secondary.kind === 'gitlab' ? secondary.authorizationUrl : secondary.discoveryUrl).host} for metadata, keys, certificate and time`,
      `hold the users in the dump against ${secondary.export ?? 'an export of its users (identity.secondary.export is not set)'}`,
    ],
    async run(ctx) {
      await checkProvider(ctx);
      await checkUsers(ctx);
    },
  };
}

async function checkProvider(ctx: StepContext): Promise<void> {
  const health = await askSecondaryIdp(ctx);
  ctx.check({
    id: 'identity.reachable',
    claim: 'The secondary IdP answers and would begin a sign-in for this site',
    verdict: 'passed',
    expected: 'metadata, keys and the sign-in page',
    seen: health.asked.map(({ url, status }) => `${new URL(url).pathname} ${status}`).join(', '),
  });
  const left = health.certificateValidUntil.getTime() - ctx.outageAt.getTime();
  ctx.check({
    id: 'identity.certificate',
    claim: "The secondary IdP's certificate will not expire soon",
    verdict: left > CERTIFICATE_MARGIN ? 'passed' : 'missed',
    expected: `valid for at least ${formatDuration(CERTIFICATE_MARGIN)}`,
    seen: `${formatDuration(left)} left, until ${health.certificateValidUntil.toISOString()}`,
    ...(left <= CERTIFICATE_MARGIN && { code: 'CERTIFICATE_EXPIRES' }),
    metric: { key: 'idp_certificate_days', value: Math.floor(left / days(1)), unit: 'd', better: 'higher' },
  });
  const skew = health.clockSkew;
  const off = skew !== undefined && Math.abs(skew) > CLOCK_TOLERANCE;
  ctx.check({
    id: 'identity.clock',
    claim: "The secondary IdP's clock agrees with ours, or one-time codes will fail",
    verdict: skew === undefined ? 'unverified' : off ? 'missed' : 'passed',
    expected: `within ${formatDuration(CLOCK_TOLERANCE)}`,
    seen: skew === undefined ? 'it does not tell the time' : `${formatDuration(Math.abs(skew))} apart`,
    ...(off && { code: 'CLOCK_SKEW' }),
  });
}

async function checkUsers(ctx: StepContext): Promise<void> {
  const { secondary } = ctx.config.identity;
  if (secondary.export === undefined) {
    const unknown = {
      expected: 'every active SSO user, under the right id',
      seen: 'there is no export to hold the users against',
      verdict: 'unverified',
      code: 'NO_EXPORT',
      hint: 'Let the identity team export its users and name the file in identity.secondary.export.',
    } as const;
    ctx.check({ ...unknown, ...CLAIMS.users });
    ctx.check({ ...unknown, ...CLAIMS.deactivated });
    return;
  }
  const exported = await readIdentityExport(secondary.export);
  const users = (await readUsersFromDump(ctx, ctx.get('backups').database)).map((user) => ({
    ...user,
    active: user.deleteAt === 0,
  }));
  const match = matchUsers(users, exported, secondary.kind);
  const evidence = [
    await ctx.attach('users-at-the-secondary-idp.json', JSON.stringify(describe(match), undefined, 2)),
  ];
  ctx.check({ ...judgeUsers(match, users.length), evidence });
  ctx.check({ ...judgeDeactivated(match, users.length), evidence });
}

const CLAIMS = {
  users: { id: 'identity.users', claim: 'The secondary IdP holds every active SSO user under the right id' },
  deactivated: {
    id: 'identity.deactivated',
    claim: 'Nobody who is deactivated here is still let in there: signing in would reactivate them',
  },
} satisfies Record<string, Pick<Check, 'id' | 'claim'>>;

function judgeUsers({ matched, lockedOut, emailConflicts }: UserMatch, total: number): Check {
  const bad = lockedOut.length + emailConflicts.length;
  const names = [
    ...lockedOut.map(({ user, reason }) => `${user.username} (${reason})`),
    ...emailConflicts.map(({ user }) => `${user.username} (e-mail under another id)`),
  ];
  return {
    ...CLAIMS.users,
    verdict: bad > 0 ? 'missed' : matched.length === 0 ? 'unverified' : 'passed',
    expected: 'all of them',
    seen:
      bad > 0
        ? `${lockedOut.length} would be locked out: ${names.slice(0, 5).join(', ')}`
        : `${matched.length} of ${total} users in the dump sign in through it, and all can`,
    ...(bad > 0 && {
      code: 'USERS_LOCKED_OUT',
      hint: 'Preload them at the secondary IdP under the id that users.authdata holds.',
    }),
    metric: { key: 'users_locked_out', value: lockedOut.length, unit: 'users', limit: 0, better: 'lower' },
  };
}

export function judgeDeactivated({ reactivated }: Pick<UserMatch, 'reactivated'>, total: number): Check {
  if (total === 0) {
    return {
      ...CLAIMS.deactivated,
      verdict: 'unverified',
      expected: 'nobody',
      seen: 'no user was read from the dump',
      code: 'NO_USERS',
    };
  }
  return {
    ...CLAIMS.deactivated,
    verdict: reactivated.length > 0 ? 'missed' : 'passed',
    expected: 'nobody',
    seen:
      reactivated.length > 0
        ? reactivated
            .map(({ user }) => user.username)
            .slice(0, 5)
            .join(', ')
        : `nobody of ${total} users in the dump`,
    ...(reactivated.length > 0 && {
      code: 'DEACTIVATED_STILL_KNOWN',
      hint: 'Disable them at the secondary IdP too.',
    }),
  };
}

/** Names and reasons, for the people who have to mend the directory. */
function describe({ matched, lockedOut, reactivated, newAccounts, emailConflicts, overwritten }: UserMatch) {
  return {
    matched: matched.length,
    lockedOut: lockedOut.map(({ user, reason }) => ({
      username: user.username,
      authData: user.authData,
      reason,
    })),
    reactivated: reactivated.map(({ user }) => user.username),
    newAccounts: newAccounts.map(({ username }) => username),
    emailConflicts: emailConflicts.map(({ user, exported }) => ({
      username: user.username,
      exportedId: exported.id,
    })),
    overwritten: overwritten.map(({ user, fields }) => ({ username: user.username, fields })),
  };
}
