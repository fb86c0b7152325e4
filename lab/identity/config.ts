/** A private signing key as a JWK, as node:crypto exports it. */
export type SigningKey = Readonly<Record<string, unknown>>;

export interface IdentityClient {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUris: readonly string[];
}

/** What the process of an identity provider reads at its start. It holds secrets: mode 0600. */
export interface IdentityProcessConfig {
  /** Shown to people above the form. */
  readonly name: string;
  /** https://sso.drill.test:8443, without a slash at the end. */
  readonly issuer: string;
  readonly address: string;
  readonly port: number;
  readonly certFile: string;
  readonly keyFile: string;
  /** JSON: a list of IdentityUser. */
  readonly usersFile: string;
  /** JSON lines are appended: see AccessLogEntry. */
  readonly accessLog: string;
  readonly clients: readonly IdentityClient[];
  /** Whether users with a TOTP secret are asked for a code after the password. */
  readonly secondFactor: boolean;
  /** Whether one code opens several sessions: for those who sign in more often than every half minute. */
  readonly takesCodesAgain: boolean;
  readonly signingKeys: readonly SigningKey[];
  readonly cookieKeys: readonly string[];
  /** Milliseconds that its clock is ahead; it is right without. */
  readonly clockAhead?: number;
}

/** A line of the access log. Never a query, a form or a token: those hold codes and passwords. */
export interface AccessLogEntry {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly remote: string;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly status: number;
  readonly userAgent: string;
}

/** The addresses of an issuer's endpoints; they are where GitLab has them. */
export const ROUTES = {
  authorization: '/oauth/authorize',
  token: '/oauth/token',
  userInfo: '/api/v4/user',
  openIdUserInfo: '/oauth/userinfo',
  keys: '/oauth/discovery/keys',
  discovery: '/.well-known/openid-configuration',
} as const;
