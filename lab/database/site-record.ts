/** What the lab knows about the site that it made: everything a drill can be held against. Lab only: it holds passwords. */
export interface SiteRecord {
  readonly siteUrl: string;
  /** When the newest seeded row was written, ISO 8601. */
  readonly seededAt: string;
  readonly users: readonly SiteUser[];
  readonly teams: readonly SiteTeam[];
  readonly channels: readonly SiteChannel[];
  /** The private channel that the canary writer posts in, as its bot. Empty until it does. */
  readonly canary: { readonly channelId: string; readonly userId: string; readonly token: string };
  /** Signs in through the identity provider and may do everything. */
  readonly admin: SiteUser;
  /** Signs in by e-mail and TOTP, for the day when no identity provider answers. */
  readonly breakGlass: SiteUser;
  readonly files: readonly SiteFile[];
  /** Every object that was put into the file store, attachments or not. */
  readonly objects: readonly StoredObject[];
  readonly landmarks: Landmarks;
  /** Things that reach out, or let someone in, as soon as a server starts on this data. */
  readonly hazards: Hazards;
}

export interface SiteUser {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly position: string;
  /** As Mattermost stores them, parted by blanks. */
  readonly roles: string;
  readonly authService: '' | 'gitlab';
  /** The identity provider's id for this user; null for those who sign in by password. */
  readonly authData: string | null;
  /** In plain text; null where there is none. */
  readonly password: string | null;
  /** Base32; null where there is no second factor. */
  readonly mfaSecret: string | null;
  readonly deactivated: boolean;
  /** When that was, in milliseconds; 0 for those who are still with us. */
  readonly leftAt: number;
  /** Whether the identity provider still lets this user in. */
  readonly knownAtIdp: boolean;
  readonly bot: boolean;
  readonly guest: boolean;
}

export interface SiteTeam {
  readonly id: string;
  readonly name: string;
  readonly displayName: string;
}

export interface SiteChannel {
  readonly id: string;
  /** Empty for direct and group messages. */
  readonly teamId: string;
  readonly type: 'O' | 'P' | 'D' | 'G';
  readonly name: string;
  readonly displayName: string;
  readonly archived: boolean;
  readonly memberIds: readonly string[];
}

export interface StoredObject {
  readonly key: string;
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface SiteFile extends StoredObject {
  readonly id: string;
  readonly name: string;
  readonly mimeType: string;
  readonly postId: string;
  readonly channelId: string;
}

/** Post ids worth looking for after a restore. */
export interface Landmarks {
  readonly oldest: string;
  readonly newest: string;
  readonly edited: string;
  /** The root of a thread with replies, whose root has reactions. */
  readonly thread: string;
  readonly direct: string;
  readonly inlineImage: string;
}

export interface Hazards {
  /** The token of a session that still works. */
  readonly liveSessionToken: string;
  readonly pushDeviceIds: readonly string[];
  readonly personalTokens: readonly string[];
  readonly scheduledPostIds: readonly string[];
  /** Words and channel that make the outgoing webhook fire. */
  readonly outgoingWebhook: {
    readonly channelId: string;
    readonly triggerWord: string;
    readonly url: string;
  };
  readonly incomingWebhookId: string;
  /** Every address of production that the data holds. */
  readonly productionAddresses: readonly string[];
}
