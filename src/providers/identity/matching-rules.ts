/** How Mattermost finds the account of somebody who comes from an identity provider, and what it does to that account. */
export interface MatchingRule {
  /** What becomes `users.authdata`, in the provider's own words. */
  readonly id: string;
  /** By service and id alone, or, where the id is unknown, by e-mail address: the account is then given the new id. */
  readonly foundBy: 'id' | 'id-or-email';
  /** What each sign-in takes over from the provider. */
  readonly overwrites: readonly ('username' | 'email' | 'name')[];
  /** Whether signing in brings a deactivated account back. Undefined where that has not been established. */
  readonly reactivates?: boolean;
  /** Whether `matchUsers` judges by this rule. Users of another service are counted, and nothing is claimed of them. */
  readonly judged: boolean;
}

const OAUTH = {
  foundBy: 'id',
  overwrites: ['username', 'email', 'name'],
  reactivates: true,
} as const;

/**
 * By `users.authservice`. Sources: Mattermost's `server/channels/store/sqlstore/user_store.go` (GetByAuth),
 * `server/channels/app/user.go` (UpdateOAuthUserAttrs) and its documentation on SAML and AD/LDAP.
 */
export const MATCHING_RULES = {
  gitlab: { ...OAUTH, id: '`id` of the user endpoint, a number', judged: true },
  openid: { ...OAUTH, id: '`sub`', judged: true },
  google: { ...OAUTH, id: '`sub`', judged: false },
  office365: { ...OAUTH, id: '`oid`', judged: false },
  saml: {
    id: 'the attribute in SamlSettings.IdAttribute',
    foundBy: 'id-or-email',
    overwrites: ['username', 'email', 'name'],
    judged: false,
  },
  ldap: {
    id: 'the attribute in LdapSettings.IdAttribute, case included',
    foundBy: 'id',
    overwrites: ['username', 'email', 'name'],
    judged: false,
  },
} as const satisfies Readonly<Record<string, MatchingRule>>;

/** Undefined for a service that Mattermost did not have when the table was made. */
export function matchingRule(service: string): MatchingRule | undefined {
  return Object.hasOwn(MATCHING_RULES, service)
    ? MATCHING_RULES[service as keyof typeof MATCHING_RULES]
    : undefined;
}

/** `users.authservice` of those who sign in by password, and through no provider. */
export function isPasswordService(service: string): boolean {
  return service === '' || service === 'email' || service === 'magic_link';
}
