import type { Check } from '../../model/check.ts';
import type { Config } from '../../model/config.ts';
import type { ExportedUser } from '../../providers/identity/export.ts';
import type { DatabaseUser, UserMatch } from '../../providers/identity/match-users.ts';
import { someOf } from '../../support/some-of.ts';

/** Where the users were read from, before anybody signed in. */
export type AccountSource = 'dump' | 'restored copy';

/** Ids of the checks that `judgeAccounts` makes. */
export function accountChecks(source: AccountSource): readonly string[] {
  return QUESTIONS.map(({ id }) => prefixOf(source) + id);
}

const prefixOf = (source: AccountSource): string => (source === 'dump' ? 'identity.' : 'identity.restored.');

/** Who is meant, for a report: by name where the site allows it, else by ids that only its own people can look up. */
export interface Naming {
  user(user: Pick<DatabaseUser, 'id' | 'username'>): string;
  exported(exported: ExportedUser): string;
}

export function namingOf({ privacy }: Pick<Config, 'privacy'>): Naming {
  const keep = privacy.userNames === 'keep';
  return {
    user: ({ username, id }) => (keep ? username : `user ${id}`),
    exported: ({ username, id }) => (keep ? `${username} (${id})` : `id ${id} there`),
  };
}

export interface AccountsQuestion {
  readonly source: AccountSource;
  readonly match: UserMatch;
  /** How many users were read. */
  readonly total: number;
  readonly naming: Naming;
}

/** What would happen to everybody's account if they all signed in now. */
export function judgeAccounts(question: AccountsQuestion): readonly Check[] {
  return QUESTIONS.map((one) => {
    const check = { id: prefixOf(question.source) + one.id, claim: one.claim, expected: one.expected };
    return question.total === 0
      ? {
          ...check,
          verdict: 'unverified',
          seen: `no user was read from the ${question.source}`,
          code: 'NO_USERS',
        }
      : { ...check, ...one.judge(question) };
  });
}

/** The same checks, where there is no export to hold the users against. */
export function accountsUnknown(source: AccountSource): readonly Check[] {
  return QUESTIONS.map(({ id, claim, expected }) => ({
    id: prefixOf(source) + id,
    claim,
    expected,
    verdict: 'unverified',
    seen: 'there is no export to hold the users against',
    code: 'NO_EXPORT',
    hint: 'Let the identity team export its users and name the file in identity.secondary.export.',
  }));
}

type Judged = Pick<Check, 'verdict' | 'seen' | 'code' | 'hint' | 'metric'>;

interface AccountQuestion extends Pick<Check, 'id' | 'claim' | 'expected'> {
  judge(question: AccountsQuestion): Judged;
}

const QUESTIONS: readonly AccountQuestion[] = [
  {
    id: 'users',
    claim: 'The secondary IdP holds every active SSO user under the right id',
    expected: 'all of them',
    judge: judgeUsers,
  },
  {
    id: 'owners',
    claim: 'No id there belongs to another person here, who would sign in to somebody else’s account',
    expected: 'nobody',
    judge: ({ match: { taken }, naming }) =>
      judgeList(
        taken.map(({ user, owner }) => `${naming.user(owner)} as ${naming.user(user)}`),
        {
          bad: 'would sign in to another’s account',
          code: 'ID_OF_ANOTHER',
          hint: 'Two people’s ids were mixed up there. Nobody may sign in there before that is put right.',
        },
      ),
  },
  {
    id: 'emails',
    claim:
      'No e-mail address of a user here stands under another id there: Mattermost would turn that one away',
    expected: 'none',
    judge: ({ match: { emailConflicts }, naming }) =>
      judgeList(
        emailConflicts.map(
          ({ user, exported }) => `${naming.exported(exported)} with that of ${naming.user(user)}`,
        ),
        {
          bad: 'would be turned away (already_attached)',
          code: 'EMAIL_REUSED',
          hint: 'Give the account there the id that users.authdata holds, or another e-mail address.',
        },
      ),
  },
  {
    id: 'attributes',
    claim: 'Signing in leaves everybody their user name and e-mail address',
    expected: 'nobody’s is overwritten',
    judge: judgeAttributes,
  },
  {
    id: 'deactivated',
    claim: 'Nobody who is deactivated here is still let in there: signing in would reactivate them',
    expected: 'nobody',
    judge: ({ match: { reactivated }, naming }) =>
      judgeList(
        reactivated.map(({ user }) => naming.user(user)),
        {
          bad: 'would be reactivated',
          code: 'DEACTIVATED_STILL_KNOWN',
          hint: 'Disable them at the secondary IdP too.',
        },
      ),
  },
];

function judgeUsers({ source, match, total, naming }: AccountsQuestion): Judged {
  const { matched, lockedOut, notJudged, taken } = match;
  const metric = {
    key: 'users_locked_out',
    value: lockedOut.length,
    unit: 'users',
    limit: 0,
    better: 'lower',
  } as const;
  if (lockedOut.length > 0) {
    const second = lockedOut.filter(({ reason }) => reason === 'new-account').length;
    const counts = [
      ...(lockedOut.length > second ? [`${lockedOut.length - second} would be locked out`] : []),
      ...(second > 0 ? [`${second} would get a new account`] : []),
    ];
    return {
      verdict: 'missed',
      seen: `${counts.join(' and ')}: ${someOf(
        lockedOut.map(({ user, reason }) => `${naming.user(user)} (${reason})`),
        ', ',
      )}`,
      code: 'USERS_LOCKED_OUT',
      hint: 'Preload them at the secondary IdP under the id that users.authdata holds.',
      metric,
    };
  }
  if (notJudged.length > 0) {
    const services = [...Map.groupBy(notJudged, ({ authService }) => authService)];
    return {
      verdict: 'unverified',
      seen: `${notJudged.length} sign in by ${services.map(([name, users]) => `${name} (${users.length})`).join(', ')}, which is not judged yet`,
      code: 'SERVICE_NOT_JUDGED',
      hint: 'Muster knows who is found again for gitlab and openid alone. Compare those users yourself.',
      metric,
    };
  }
  const known = matched.length + taken.length;
  return {
    verdict: known === 0 ? 'unverified' : 'passed',
    seen: `${known} of ${total} users in the ${source} sign in through it, and all can`,
    ...(known === 0 && { code: 'NO_USERS' }),
    metric,
  };
}

/** A name alone is put right at every sign-in, and nobody is found by it. */
function judgeAttributes({ match: { overwritten, matched }, naming }: AccountsQuestion): Judged {
  const grave = overwritten.filter(({ fields }) => fields.some(({ field }) => field !== 'name'));
  const verdict = judgeList(
    grave.map(({ user, fields }) => `${naming.user(user)} (${fields.map(({ field }) => field).join(', ')})`),
    {
      bad: 'would be overwritten',
      code: 'NAMES_OVERWRITTEN',
      hint: 'The evidence says by what. Bring the accounts there up to date, or people lose the name they are mentioned by.',
    },
  );
  const names = overwritten.length - grave.length;
  const also = names === 0 ? '' : `; ${names} get other first or last names`;
  return verdict.verdict === 'passed'
    ? { ...verdict, seen: `${matched.length} keep both${also}` }
    : { ...verdict, seen: verdict.seen + also };
}

function judgeList(
  offenders: readonly string[],
  { bad, code, hint }: { readonly bad: string; readonly code: string; readonly hint: string },
): Judged {
  if (offenders.length === 0) return { verdict: 'passed', seen: 'none' };
  return { verdict: 'missed', seen: `${offenders.length} ${bad}: ${someOf(offenders, ', ')}`, code, hint };
}

/** Who and why, for the people who have to mend the directory. */
export function describeMatch(match: UserMatch, naming: Naming, keepNames: boolean) {
  const { user: name, exported: nameThere } = naming;
  return {
    matched: match.matched.length,
    lockedOut: match.lockedOut.map(({ user, reason, exported }) => ({
      user: name(user),
      authData: user.authData,
      reason,
      ...(exported && { there: nameThere(exported) }),
    })),
    notJudged: match.notJudged.map((user) => ({ user: name(user), service: user.authService })),
    wrongPerson: match.taken.map(({ user, owner, exported }) => ({
      account: name(user),
      wouldBeUsedBy: name(owner),
      id: exported.id,
    })),
    reactivated: match.reactivated.map(({ user }) => name(user)),
    newAccounts: match.newAccounts.map(nameThere),
    emailConflicts: match.emailConflicts.map(({ user, exported }) => ({
      user: name(user),
      exportedId: exported.id,
    })),
    overwritten: match.overwritten.map(({ user, fields }) => ({
      user: name(user),
      fields: keepNames ? fields : fields.map(({ field }) => field),
    })),
  };
}
