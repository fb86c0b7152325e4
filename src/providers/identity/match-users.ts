import type { ExportedUser } from './export.ts';
import { isPasswordService, MATCHING_RULES, matchingRule, type MatchingRule } from './matching-rules.ts';

/** A user as Mattermost's database has it. */
export interface DatabaseUser {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  /** First and last name. */
  readonly name: string;
  /** `users.authservice`: empty for those who sign in by password. */
  readonly authService: string;
  /** `users.authdata`: the id that the provider must send. */
  readonly authData: string | null;
  /** `users.deleteat` is 0. */
  readonly active: boolean;
}

export type LockoutReason =
  /** The provider does not know the id. */
  | 'absent'
  /** It knows the e-mail address under another id: Mattermost matches by id alone, and the sign-in fails. */
  | 'other-id'
  /** It knows somebody of this user name under an id and e-mail address that Mattermost does not: a second account. */
  | 'new-account'
  /** It knows the id and does not let it in. */
  | 'disabled'
  /** The database has this user under the other of the two services that are judged. */
  | 'other-service'
  /** The database has no id for this user. */
  | 'no-id';

export interface Lockout {
  readonly user: DatabaseUser;
  readonly reason: LockoutReason;
  /** Who has the same e-mail address or user name at the provider, under another id. */
  readonly exported: ExportedUser | undefined;
}

interface Pair {
  readonly user: DatabaseUser;
  readonly exported: ExportedUser;
}

export interface Overwrite extends Pair {
  readonly fields: readonly {
    readonly field: 'username' | 'email' | 'name';
    readonly from: string;
    readonly to: string;
  }[];
}

export interface UserMatch {
  /** Active in both, under the same id. */
  readonly matched: readonly Pair[];
  /** Active in Mattermost with single sign-on, and without a way to their own account through this provider. */
  readonly lockedOut: readonly Lockout[];
  /** Active users of services that no rule judges yet. */
  readonly notJudged: readonly DatabaseUser[];
  /** Whose id somebody else has there, by user name or e-mail address: `owner` would sign in as `user`. */
  readonly taken: readonly (Pair & { readonly owner: DatabaseUser })[];
  /** Deactivated in Mattermost, let in by the provider: signing in *reactivates* them. */
  readonly reactivated: readonly Pair[];
  /** Unknown to Mattermost by id and e-mail: signing in makes a new account, where that is allowed. */
  readonly newAccounts: readonly ExportedUser[];
  /** Unknown by id, with the e-mail address of a user: signing in ends on an error page (`already_attached`). */
  readonly emailConflicts: readonly Pair[];
  /** Matched, but with another user name, e-mail address or name, which signing in overwrites. */
  readonly overwritten: readonly Overwrite[];
}

/**
 * What would happen if everybody in the export signed in, by Mattermost's own rules for OAuth services: a user is
 * found by service and id alone, never by e-mail address.
 */
export function matchUsers(
  databaseUsers: readonly DatabaseUser[],
  exportedUsers: readonly ExportedUser[],
  service: 'gitlab' | 'openid',
): UserMatch {
  const rule = MATCHING_RULES[service];
  const byAuthData = new Map(
    databaseUsers.flatMap((user) => (isOf(user, service) ? [[user.authData, user] as const] : [])),
  );
  const byEmail = new Map(databaseUsers.map((user) => [user.email.toLowerCase(), user]));
  const byUsername = new Map(databaseUsers.map((user) => [user.username, user]));
  const exportedById = new Map(exportedUsers.map((exported) => [exported.id, exported]));
  const exportedByEmail = new Map(exportedUsers.map((exported) => [exported.email.toLowerCase(), exported]));

  const admitted = exportedUsers.filter(({ active }) => active);
  const known = admitted.flatMap((exported): Pair[] => {
    const user = byAuthData.get(exported.id);
    return user ? [{ user, exported }] : [];
  });
  const unknown = admitted.filter(({ id }) => !byAuthData.has(id));
  const holderOf = ({ email }: ExportedUser): DatabaseUser | undefined => byEmail.get(email.toLowerCase());
  const unattached = new Map(
    unknown
      .filter((exported) => !holderOf(exported))
      .map((exported) => [cleanUsername(exported.username), exported]),
  );
  const taken = known.flatMap(({ user, exported }) => {
    const owner = [holderOf(exported), byUsername.get(cleanUsername(exported.username))].find(
      (holder) => holder && holder !== user,
    );
    return owner ? [{ user, exported, owner }] : [];
  });
  const takenIds = new Set(taken.map(({ exported }) => exported.id));
  const own = known.filter(({ user, exported }) => user.active && !takenIds.has(exported.id));

  return {
    matched: own,
    lockedOut: databaseUsers.flatMap((user) => lockoutOf(user) ?? []),
    notJudged: databaseUsers.filter(
      ({ active, authService }) =>
        active && !isPasswordService(authService) && matchingRule(authService)?.judged !== true,
    ),
    taken,
    reactivated: rule.reactivates ? known.filter(({ user }) => !user.active) : [],
    newAccounts: unknown.filter((exported) => !holderOf(exported)),
    emailConflicts: unknown.flatMap((exported) => {
      const user = holderOf(exported);
      return user ? [{ exported, user }] : [];
    }),
    overwritten: own.flatMap((pair) => {
      const fields = overwrittenFields(pair, rule);
      return fields.length > 0 ? [{ ...pair, fields }] : [];
    }),
  };

  function lockoutOf(user: DatabaseUser): Lockout | undefined {
    if (!user.active || matchingRule(user.authService)?.judged !== true) return undefined;
    const lockedOut = (reason: LockoutReason, exported?: ExportedUser) => ({ user, reason, exported });
    if (user.authService !== service) return lockedOut('other-service');
    if (!user.authData) return lockedOut('no-id');
    const exported = exportedById.get(user.authData);
    if (exported) return exported.active ? undefined : lockedOut('disabled');
    const attached = exportedByEmail.get(user.email.toLowerCase());
    if (attached) return lockedOut('other-id', attached);
    const stranger = unattached.get(user.username);
    return stranger ? lockedOut('new-account', stranger) : lockedOut('absent');
  }
}

function isOf(user: DatabaseUser, service: string): user is DatabaseUser & { readonly authData: string } {
  return user.authService === service && Boolean(user.authData);
}

/** What Mattermost makes of a user name from outside (`CleanUsername` in `server/public/model/user.go`). */
export function cleanUsername(name: string): string {
  return name
    .toLowerCase()
    .trim()
    .replaceAll(/[^a-z0-9._-]/g, '-')
    .replaceAll(/^-+|-+$/g, '');
}

/** An export without names says nothing about them. */
function overwrittenFields({ user, exported }: Pair, { overwrites }: MatchingRule): Overwrite['fields'] {
  const sent = {
    username: cleanUsername(exported.username),
    email: exported.email.toLowerCase(),
    name: withSingleSpaces(exported.name) || user.name,
  };
  const held = { ...user, email: user.email.toLowerCase(), name: withSingleSpaces(user.name) };
  return overwrites.flatMap((field) =>
    sent[field] === held[field] ? [] : [{ field, from: user[field], to: sent[field] }],
  );
}

const withSingleSpaces = (name: string): string => name.trim().replaceAll(/\s+/g, ' ');
