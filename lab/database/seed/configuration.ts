import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import { insertRows } from './insert-rows.ts';
import type { ProductionAddresses } from './production.ts';
import { createRandom } from './random.ts';

export interface ConfigurationOptions {
  readonly seed: number;
  readonly siteUrl: string;
  readonly domain: string;
  readonly production: ProductionAddresses;
  readonly now: number;
}

/** Writes production's configuration as the active one, and the one before it. */
export async function writeConfiguration(client: Client, options: ConfigurationOptions): Promise<void> {
  const random = createRandom(options.seed, 'configuration');
  const row = (configuration: Configuration, createat: number, active: true | null) => {
    const value = JSON.stringify(configuration, null, 4);
    return {
      id: random.id(),
      value,
      createat,
      active,
      sha: createHash('sha256').update(value).digest('hex'),
    };
  };
  const current = describeConfiguration(options);
  const before = { ...current, TeamSettings: { ...current['TeamSettings'], MaxUsersPerTeam: 100 } };
  const DAY = 86_400_000;
  await insertRows(client, 'configurations', [
    row(before, options.now - 90 * DAY, null),
    row(current, options.now - 30 * DAY, true),
  ]);
}

type Configuration = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What differs from Mattermost's defaults, and all that a drill must look at; the server fills in the rest. */
function describeConfiguration({ siteUrl, domain, production, seed }: ConfigurationOptions): Configuration {
  const { identity, databaseHost, databasePort, databasePassword } = production;
  const secret = createRandom(seed, 'configuration secrets');
  return {
    ServiceSettings: {
      SiteURL: siteUrl,
      ListenAddress: ':8065',
      AllowCorsFrom: '',
      AllowedUntrustedInternalConnections: '',
      EnableIncomingWebhooks: true,
      EnableOutgoingWebhooks: true,
      EnableCommands: true,
      EnableOAuthServiceProvider: true,
      EnableOutgoingOAuthConnections: true,
      EnableUserAccessTokens: true,
      EnableMultifactorAuthentication: true,
      EnforceMultifactorAuthentication: false,
      EnableLinkPreviews: true,
      EnablePermalinkPreviews: true,
      EnableSecurityFixAlert: true,
      EnableEmailInvitations: true,
      EnableGifPicker: true,
      EnableDesktopLandingPage: true,
      EnableOnboardingFlow: true,
      EnableTutorial: true,
      MaximumLoginAttempts: 10,
      SessionLengthWebInHours: 720,
      SessionLengthMobileInHours: 720,
      SessionLengthSSOInHours: 720,
      PostEditTimeLimit: -1,
      CollapsedThreads: 'always_on',
      ThreadAutoFollow: true,
      ScheduledPosts: true,
      PostPriority: true,
      EnableBotAccountCreation: true,
      MinimumHashtagLength: 3,
    },
    TeamSettings: {
      SiteName: 'Lantern',
      CustomDescriptionText: 'Light when the power is out',
      MaxUsersPerTeam: 500,
      EnableUserCreation: true,
      EnableOpenServer: false,
      RestrictCreationToDomains: domain,
      TeammateNameDisplay: 'full_name',
      MaxChannelsPerTeam: 2000,
    },
    SqlSettings: {
      DriverName: 'postgres',
      DataSource: `postgres://mmuser:${databasePassword}@${databaseHost}:${databasePort}/mattermost?sslmode=disable`,
      DataSourceReplicas: [],
      DataSourceSearchReplicas: [],
      ReplicaLagSettings: [],
      AtRestEncryptKey: secret.id(),
      MaxOpenConns: 100,
      MaxIdleConns: 50,
    },
    FileSettings: {
      DriverName: 'amazons3',
      AmazonS3Endpoint: production.s3Host,
      AmazonS3Bucket: production.s3Bucket,
      AmazonS3Region: 'eu-central-1',
      AmazonS3AccessKeyId: 'LABONLYACCESSKEY0001',
      AmazonS3SecretAccessKey: `lab-only-${secret.id()}`,
      AmazonS3SSL: true,
      AmazonS3SSE: true,
      MaxFileSize: 104_857_600,
      EnableFileAttachments: true,
      ExtractContent: true,
      PublicLinkSalt: secret.id(),
    },
    EmailSettings: {
      EnableSignInWithEmail: true,
      EnableSignInWithUsername: true,
      EnableSignUpWithEmail: false,
      SendEmailNotifications: true,
      RequireEmailVerification: false,
      SMTPServer: production.smtpHost,
      SMTPPort: String(production.smtpPort),
      EnableSMTPAuth: true,
      SMTPUsername: 'lantern-chat',
      SMTPPassword: `lab-only-${secret.id()}`,
      ConnectionSecurity: '',
      FeedbackName: 'Lantern',
      FeedbackEmail: `chat@${domain}`,
      ReplyToAddress: `chat@${domain}`,
      SendPushNotifications: true,
      PushNotificationServer: production.pushUrl,
      PushNotificationContents: 'generic',
      EnableEmailBatching: false,
    },
    GitLabSettings: {
      Enable: true,
      Id: identity.clientId,
      Secret: identity.clientSecret,
      Scope: '',
      AuthEndpoint: identity.authorizationUrl,
      TokenEndpoint: identity.tokenUrl,
      UserAPIEndpoint: identity.userUrl,
      ButtonText: 'Sign in with Lantern',
      ButtonColor: '#1d3a5f',
      UsePreferredUsername: false,
    },
    OpenIdSettings: { Enable: false },
    SamlSettings: { Enable: false, EnableSyncWithLdap: false },
    LdapSettings: { Enable: false, EnableSync: false },
    GuestAccountsSettings: { Enable: true, AllowEmailAccounts: true, EnableGuestMagicLink: false },
    PasswordSettings: { MinimumLength: 12 },
    RateLimitSettings: { Enable: true, PerSec: 10, MaxBurst: 100, VaryByRemoteAddr: true },
    AnnouncementSettings: { AdminNoticesEnabled: true, UserNoticesEnabled: true, EnableBanner: false },
    LogSettings: { EnableConsole: true, ConsoleLevel: 'INFO', EnableDiagnostics: true, EnableSentry: true },
    JobSettings: { RunJobs: true, RunScheduler: true },
    PluginSettings: {
      Enable: true,
      EnableMarketplace: true,
      EnableRemoteMarketplace: true,
      AutomaticPrepackagedPlugins: true,
      PluginStates: { playbooks: { Enable: true }, 'com.mattermost.calls': { Enable: true } },
    },
    ClusterSettings: { Enable: true, ClusterName: 'production', UseIPAddress: true, GossipPort: 8074 },
    CacheSettings: { CacheType: 'lru' },
    ElasticsearchSettings: { EnableIndexing: false, EnableSearching: false, EnableAutocomplete: false },
    ConnectedWorkspacesSettings: { EnableSharedChannels: true, EnableRemoteClusterService: true },
    MessageExportSettings: { EnableExport: false },
    DataRetentionSettings: { EnableMessageDeletion: false, EnableFileDeletion: false },
    ImageProxySettings: { Enable: false },
    CloudSettings: { Disable: false },
    LocalizationSettings: { DefaultServerLocale: 'en', DefaultClientLocale: 'en', AvailableLocales: '' },
  };
}
