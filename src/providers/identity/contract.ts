import type { Milliseconds } from '../../model/duration.ts';
import type { DrillError } from '../../model/errors.ts';

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

/** A key that the provider publishes to verify its signatures with. */
export interface PublishedKey {
  /** RFC 7638: SHA-256 in base64url. Empty for what is no key. */
  readonly thumbprint: string;
  /** What is wrong with it, as a part of a sentence. */
  readonly fault?: string;
}

/** What could be found out about a provider, each part for itself. */
export interface IdentityExamination {
  /** What answered, and with which status. */
  readonly asked: readonly { readonly url: string; readonly status: number }[];
  /** What did not answer, is not to be trusted or turned us away: IDENTITY_UNREACHABLE, by what was asked for. */
  readonly problems: Partial<Readonly<Record<'metadata' | 'keys' | 'sign-in' | 'back-channel', DrillError>>>;
  /** The earliest of the certificates that were seen. Undefined when there was none to trust. */
  readonly certificateValidUntil: Date | undefined;
  /** The provider's clock minus ours, to a second or two. Undefined when it does not tell the time. */
  readonly clockSkew: Milliseconds | undefined;
  /** Undefined where no discovery document is known, or none was given. */
  readonly metadata: DiscoveryDocument | undefined;
  /** Undefined where no discovery document told where they are, or there was no key set. */
  readonly keys: readonly PublishedKey[] | undefined;
}

/** What we need of a discovery document (OpenID Connect Discovery 1.0, section 3). */
export interface DiscoveryDocument {
  readonly issuer: string;
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly jwks_uri: string;
  readonly userinfo_endpoint?: string;
}

/** What Muster knows of an identity provider from outside, without signing anybody in. */
export interface IdentityProvider {
  describe(): IdentityEndpoints;
  /**
   * Asks for discovery document and keys where there are any, asks the sign-in page to begin for our client and our
   * site, and looks whether the addresses that Mattermost itself asks are there. Rejects only when its signal aborts.
   */
  examine(options: ReachOptions): Promise<IdentityExamination>;
  /** The variables that make Mattermost sign people in here and with no other provider. Holds the client's secret. */
  mattermostEnvironment(clientSecret: string): Readonly<Record<string, string>>;
}
