import type { ExportedUser } from './export.ts';

/** A user as Mattermost's database has it. */
export interface DatabaseUser {
  readonly id: string;
  readonly username: string;
  readonly email: string;
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
  /** It knows the id and does not let it in. */
  | 'disabled'
  /** The database has this user under another service, such as SAML. */
  | 'other-service'
  /** The database has no id for this user. */
  | 'no-id';

export interface Lockout {
  readonly user: DatabaseUser;
  readonly reason: LockoutReason;
  /** Who has the same e-mail address at the provider, under another id. */
  readonly exported: ExportedUser | undefined;
}

export interface UserMatch {
  /** Active in both, under the same id. */
  readonly matched: readonly { readonly user: DatabaseUser; readonly exported: ExportedUser }[];
  /** Active in Mattermost with single sign-on, and without a way in through this provider. */
  readonly lockedOut: readonly Lockout[];
  /** Deactivated in Mattermost, let in by the provider: signing in *reactivates* them. */
  readonly reactivated: readonly { readonly user: DatabaseUser; readonly exported: ExportedUser }[];
  /** Unknown to Mattermost by id and e-mail: signing in makes a new account, where that is allowed. */
  readonly newAccounts: readonly ExportedUser[];
  /** Another user of Mattermost has the e-mail address: signing in ends on an error page. */
  readonly emailConflicts: readonly { readonly exported: ExportedUser; readonly user: DatabaseUser }[];
  /** Matched, but with another user name or e-mail address, which signing in overwrites. */
  readonly overwritten: readonly {
    readonly user: DatabaseUser;
    readonly exported: ExportedUser;
    readonly fields: readonly ('username' | 'email')[];
  }[];
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
  const byAuthData = new Map(
    databaseUsers.flatMap((user) => (isOf(user, service) ? [[user.authData, user] as const] : [])),
  );
  const byEmail = new Map(databaseUsers.map((user) => [user.email.toLowerCase(), user]));
  const exportedById = new Map(exportedUsers.map((exported) => [exported.id, exported]));
  const exportedByEmail = new Map(exportedUsers.map((exported) => [exported.email.toLowerCase(), exported]));

  const admitted = exportedUsers.filter(({ active }) => active);
  const known = admitted.flatMap((exported) => {
    const user = byAuthData.get(exported.id);
    return user ? [{ user, exported }] : [];
  });
  const unknown = admitted.filter(({ id }) => !byAuthData.has(id));
  const holderOf = ({ email }: ExportedUser): DatabaseUser | undefined => byEmail.get(email.toLowerCase());

  return {
    matched: known.filter(({ user }) => user.active),
    reactivated: known.filter(({ user }) => !user.active),
    lockedOut: databaseUsers.flatMap((user) => {
      const reason = whyLockedOut(user);
      if (reason === undefined) return [];
      const exported = exportedByEmail.get(user.email.toLowerCase());
      const other = exported?.id === user.authData ? undefined : exported;
      return [{ user, reason: reason === 'absent' && other ? 'other-id' : reason, exported: other }];
    }),
    newAccounts: unknown.filter((exported) => !holderOf(exported)),
    emailConflicts: admitted.flatMap((exported) => {
      const user = holderOf(exported);
      return user && user !== byAuthData.get(exported.id) ? [{ exported, user }] : [];
    }),
    overwritten: known.flatMap(({ user, exported }) => {
      const fields = (['username', 'email'] as const).filter(
        (field) => user[field].toLowerCase() !== exported[field].toLowerCase(),
      );
      return fields.length > 0 ? [{ user, exported, fields }] : [];
    }),
  };

  function whyLockedOut(user: DatabaseUser): LockoutReason | undefined {
    if (!user.active || user.authService === '' || user.authService === 'email') return undefined;
    if (user.authService !== service) return 'other-service';
    if (!user.authData) return 'no-id';
    const exported = exportedById.get(user.authData);
    if (!exported) return 'absent';
    return exported.active ? undefined : 'disabled';
  }
}

function isOf(user: DatabaseUser, service: string): user is DatabaseUser & { readonly authData: string } {
  return user.authService === service && Boolean(user.authData);
}
