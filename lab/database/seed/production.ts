/** Where the lost site's neighbours were. The lab puts listening sinks there, to see who calls. */
export interface ProductionAddresses {
  readonly databaseHost: string;
  readonly databasePort: number;
  readonly databasePassword: string;
  readonly smtpHost: string;
  readonly smtpPort: number;
  /** Host, with a port where it is not 443. */
  readonly s3Host: string;
  readonly s3Bucket: string;
  readonly pushUrl: string;
  /** Called by the outgoing webhook. */
  readonly webhookUrl: string;
  /** Called by the slash command. */
  readonly commandUrl: string;
  /** A picture that an old message shows inline: fetched by whoever reads it. */
  readonly imageUrl: string;
  /** Linked from messages without a cached preview. */
  readonly linkUrl: string;
  /** A connected workspace. */
  readonly remoteUrl: string;
  readonly identity: PrimaryIdentity;
}

/** The primary identity provider, as Mattermost's GitLab settings name it. */
export interface PrimaryIdentity {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly authorizationUrl: string;
  readonly tokenUrl: string;
  readonly userUrl: string;
}

/** Addresses that lead nowhere: `.invalid` never resolves (RFC 2606). */
export const NOWHERE: ProductionAddresses = {
  databaseHost: 'db.production.invalid',
  databasePort: 5432,
  databasePassword: 'lab-only-database-password',
  smtpHost: 'smtp.production.invalid',
  smtpPort: 587,
  s3Host: 's3.production.invalid',
  s3Bucket: 'lantern-chat-files',
  pushUrl: 'https://push.production.invalid',
  webhookUrl: 'https://hooks.production.invalid/pager',
  commandUrl: 'https://commands.production.invalid/oncall',
  imageUrl: 'https://images.production.invalid/tide-map.png',
  linkUrl: 'https://wiki.production.invalid',
  remoteUrl: 'https://partners.production.invalid',
  identity: {
    clientId: 'lantern-chat',
    clientSecret: 'lab-only-client-secret',
    authorizationUrl: 'https://login.production.invalid/oauth/authorize',
    tokenUrl: 'https://login.production.invalid/oauth/token',
    userUrl: 'https://login.production.invalid/api/v4/user',
  },
};

/** All of them as they can be found in the data: hosts, with the port where it is part of the address. */
export function listAddresses(production: ProductionAddresses): string[] {
  const urls = [
    production.pushUrl,
    production.webhookUrl,
    production.commandUrl,
    production.imageUrl,
    production.linkUrl,
    production.remoteUrl,
    production.identity.authorizationUrl,
    production.identity.tokenUrl,
    production.identity.userUrl,
  ];
  const hosts = [
    `${production.databaseHost}:${production.databasePort}`,
    production.smtpHost,
    production.s3Host,
    ...urls.map((url) => new URL(url).host),
  ];
  return [...new Set(hosts)];
}
