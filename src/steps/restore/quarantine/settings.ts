import { NOWHERE } from './hazards.ts';

/** A value of Mattermost's configuration. */
export type SettingValue = string | number | boolean | readonly string[] | Readonly<Record<string, never>>;
export type Settings = Readonly<Record<string, Readonly<Record<string, SettingValue>>>>;

/**
 * Fail closed: where a server that was not told otherwise would dial production, it now finds nothing. These are only
 * written into the stored configuration; the application gets the scratch's own values by its environment.
 */
const STORED_ONLY: Settings = {
  SqlSettings: {
    DataSource: `postgres://${NOWHERE}/quarantined`,
    DataSourceReplicas: [],
    DataSourceSearchReplicas: [],
    ReplicaLagSettings: [],
  },
  FileSettings: {
    AmazonS3Bucket: 'quarantined',
    AmazonS3AccessKeyId: 'quarantined',
    AmazonS3SecretAccessKey: 'quarantined',
    AmazonS3Endpoint: NOWHERE,
    ExportAmazonS3Bucket: 'quarantined',
    ExportAmazonS3AccessKeyId: 'quarantined',
    ExportAmazonS3SecretAccessKey: 'quarantined',
    ExportAmazonS3Endpoint: NOWHERE,
    DedicatedExportStore: false,
  },
  EmailSettings: { SMTPUsername: '', SMTPPassword: '', PushNotificationServer: `http://${NOWHERE}` },
  LdapSettings: { LdapServer: NOWHERE, BindUsername: '', BindPassword: '' },
  LogSettings: { AdvancedLoggingJSON: {} },
  ExperimentalAuditSettings: { AdvancedLoggingJSON: {} },
  // The provider of production. The secondary one is given by the environment.
  GitLabSettings: { Enable: false, Secret: '' },
  GoogleSettings: { Enable: false, Secret: '' },
  Office365Settings: { Enable: false, Secret: '' },
  OpenIdSettings: { Enable: false, Secret: '' },
  CacheSettings: { RedisAddress: '', RedisPassword: '' },
  ElasticsearchSettings: { ConnectionURL: `http://${NOWHERE}`, Username: '', Password: '' },
  MessageExportSettings: { EnableExport: false },
  ComplianceSettings: { EnableDaily: false },
  AutoTranslationSettings: { Enable: false },
};

/**
 * What a restored copy must not do, in the stored configuration and once more by the environment, which is the stronger
 * of the two. `TeamSettings.EnableUserCreation` and the settings of guests stay as they came: a drill is to find out
 * how they are, and switching guests off deactivates every guest.
 */
const QUIET: Settings = {
  EmailSettings: {
    SendEmailNotifications: false,
    SendPushNotifications: false,
    EnableEmailBatching: false,
    EnableSMTPAuth: false,
    // Password resets and licence mails are sent whatever the switches say: they need a server that is not there.
    SMTPServer: '127.0.0.1',
    SMTPPort: '9',
  },
  ServiceSettings: {
    EnableEmailInvitations: false,
    EnableSecurityFixAlert: false,
    EnableLinkPreviews: false,
    EnablePermalinkPreviews: true,
    EnableOutgoingWebhooks: false,
    EnableIncomingWebhooks: false,
    EnableOutgoingOAuthConnections: false,
    EnableOAuthServiceProvider: false,
    EnableGifPicker: false,
    EnableOnboardingFlow: false,
    EnableTutorial: false,
    EnableDesktopLandingPage: false,
    EnableAWSMetering: false,
    UseLetsEncrypt: false,
    Forward80To443: false,
  },
  AnnouncementSettings: { AdminNoticesEnabled: false, UserNoticesEnabled: false },
  LogSettings: { EnableDiagnostics: false, EnableSentry: false },
  PluginSettings: {
    Enable: false,
    EnableMarketplace: false,
    EnableRemoteMarketplace: false,
    AutomaticPrepackagedPlugins: false,
  },
  JobSettings: { RunJobs: false, RunScheduler: false },
  LdapSettings: { Enable: false, EnableSync: false },
  SamlSettings: { Enable: false, EnableSyncWithLdap: false },
  ClusterSettings: { Enable: false, ClusterName: 'muster-drill' },
  CacheSettings: { CacheType: 'lru' },
  ElasticsearchSettings: { EnableIndexing: false, EnableSearching: false, EnableAutocomplete: false },
  // Without Elasticsearch, a site that searched there alone would find nothing.
  SqlSettings: { DisableDatabaseSearch: false },
  ConnectedWorkspacesSettings: { EnableSharedChannels: false, EnableRemoteClusterService: false },
  DataRetentionSettings: { EnableMessageDeletion: false, EnableFileDeletion: false },
  MessageExportSettings: { EnableExport: false },
  ComplianceSettings: { EnableDaily: false },
  CloudSettings: { Disable: true },
  AutoTranslationSettings: { Enable: false },
  ImageProxySettings: { Enable: false },
  RateLimitSettings: { Enable: false },
};

export const STORED_SETTINGS: Settings = merge(QUIET, STORED_ONLY);

/** `MM_EMAILSETTINGS_SENDPUSHNOTIFICATIONS=false` …: no secrets, and nothing that only the scratch knows. */
export function quarantineEnvironment(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(QUIET).flatMap(([section, settings]) =>
      Object.entries(settings).map(([key, value]) => [`MM_${section}_${key}`.toUpperCase(), String(value)]),
    ),
  );
}

/** The settings that are not as quarantine wants them: `EmailSettings.SMTPServer`. */
export function settingsThatDiffer(configuration: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(STORED_SETTINGS).flatMap(([section, settings]) => {
    const stored = asRecord(configuration[section]);
    return Object.entries(settings)
      .filter(([key, value]) => JSON.stringify(stored[key]) !== JSON.stringify(value))
      .map(([key]) => `${section}.${key}`);
  });
}

/** The configuration with quarantine's settings in it, and everything else as it came. */
export function applySettings(configuration: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const changed = { ...configuration };
  for (const [section, settings] of Object.entries(STORED_SETTINGS)) {
    changed[section] = { ...asRecord(configuration[section]), ...settings };
  }
  return changed;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function merge(a: Settings, b: Settings): Settings {
  const sections = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...sections].map((section) => [section, { ...a[section], ...b[section] }]));
}
