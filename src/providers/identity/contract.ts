import type { Milliseconds } from '../../model/duration.ts';

/** Where an identity provider's parts are. No secrets. */
export interface IdentityEndpoints {
  readonly kind: 'gitlab' | 'openid';
  /** Mattermost's name for it in `users.authservice`, and in the paths of its sign-in. */
  readonly service: 'gitlab' | 'openid';
  readonly clientId: string;
  /** Where Mattermost sends a browser to begin, relative to the site: `/oauth/gitlab/login`. */
  readonly startPath: string;
  /** Where the provider must send it back to, relative to the site. */
  readonly callbackPath: string;
  /** Every URL that the configuration names. */
  readonly urls: Readonly<Record<string, string>>;
  /** host:port of each of them, once. */
  readonly hosts: readonly string[];
}

export interface ReachOptions {
  /** https://chat.example.com: the provider is asked to sign somebody in for it. */
  readonly siteUrl: string;
  /** PEM of the only authorities to trust; the system's own without it. */
  readonly ca?: string | Buffer | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeout?: Milliseconds;
  /** The address of a host name, where the system's resolver is not to be asked. */
  readonly lookup?: ((host: string) => Promise<string>) | undefined;
}

export interface IdentityHealth {
  /** What was asked, and the status it gave. */
  readonly asked: readonly { readonly url: string; readonly status: number }[];
  /** The earliest of the certificates that were seen. */
  readonly certificateValidUntil: Date;
  /** The provider's clock minus ours, to a second or two. Undefined when it does not tell the time. */
  readonly clockSkew: Milliseconds | undefined;
  /** How many keys it signs with; undefined where it has no discovery document. */
  readonly signingKeys: number | undefined;
}

/** What Muster knows of an identity provider from outside, without signing anybody in. */
export interface IdentityProvider {
  describe(): IdentityEndpoints;
  /**
   * Asks for discovery document and keys where there are any, and asks the sign-in page to begin for our client and
   * our site. Rejects with IDENTITY_UNREACHABLE when one of them does not answer, is not to be trusted, or turns us
   * away.
   */
  verifyReachable(options: ReachOptions): Promise<IdentityHealth>;
  /** The variables that make Mattermost sign people in here and with no other provider. Holds the client's secret. */
  mattermostEnvironment(clientSecret: string): Readonly<Record<string, string>>;
}
