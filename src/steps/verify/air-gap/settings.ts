/** Groups of the air-gap audit: one check each, `air-gap.<group>`. */
export const AIR_GAP_GROUPS = [
  'calls-home',
  'mail-and-push',
  'content',
  'integrations',
  'plugins',
  'services',
] as const;
export type AirGapGroup = (typeof AIR_GAP_GROUPS)[number];

/** What a value must be so that nothing is called. */
export type Safe =
  | boolean
  | string
  /** Empty, this machine's loopback, or a name that never resolves. */
  | { readonly leads: 'nowhere' }
  /** The same, or one of the destinations that the scratch declares. */
  | { readonly leads: 'declared' };

export interface AirGapSetting {
  readonly group: AirGapGroup;
  /** Section and key of Mattermost's configuration (server/public/model/config.go): "EmailSettings.SMTPServer". */
  readonly setting: string;
  /** What the server does when nobody has set it. */
  readonly byDefault: string | boolean;
  readonly safe: Safe;
  /** Where it would make the server or its pages call. */
  readonly calls: string;
  /** Of no consequence while this setting is off. */
  readonly while?: string;
}

const NOWHERE = { leads: 'nowhere' } as const;
const DECLARED = { leads: 'declared' } as const;

const off = (group: AirGapGroup, setting: string, calls: string, byDefault = true): AirGapSetting => ({
  group,
  setting,
  byDefault,
  safe: false,
  calls,
});

/** OAuth and OpenID providers of a server: their endpoints matter while they are switched on. */
const provider = (section: string, ...keys: readonly string[]): readonly AirGapSetting[] =>
  keys.map((key) => ({
    group: 'services',
    setting: `${section}.${key}`,
    byDefault: '',
    safe: DECLARED,
    calls: 'the identity provider',
    while: `${section}.Enable`,
  }));

/**
 * Every setting by which a Mattermost 11 server reaches out by itself, with its default
 * (github.com/mattermost/mattermost, server/public/model/config.go).
 */
export const AIR_GAP_SETTINGS: readonly AirGapSetting[] = [
  off(
    'calls-home',
    'ServiceSettings.EnableSecurityFixAlert',
    'securityupdatecheck.mattermost.com, at start and daily',
  ),
  off(
    'calls-home',
    'AnnouncementSettings.AdminNoticesEnabled',
    'notices.mattermost.com, at start and hourly',
  ),
  off('calls-home', 'AnnouncementSettings.UserNoticesEnabled', 'notices.mattermost.com, at start and hourly'),
  off('calls-home', 'LogSettings.EnableDiagnostics', 'telemetry'),
  off('calls-home', 'LogSettings.EnableSentry', '*.ingest.us.sentry.io, with each crash'),
  off('calls-home', 'ServiceSettings.EnableAWSMetering', 'the metering service of AWS', false),
  off('calls-home', 'ServiceSettings.UseLetsEncrypt', "Let's Encrypt", false),
  {
    group: 'calls-home',
    setting: 'CloudSettings.Disable',
    byDefault: false,
    safe: true,
    calls: 'customers.mattermost.com: trials, renewals, licence checks',
  },

  off(
    'mail-and-push',
    'EmailSettings.SendEmailNotifications',
    'the mail server, at start and with each notification',
  ),
  off('mail-and-push', 'EmailSettings.EnableEmailBatching', 'the mail server', false),
  off('mail-and-push', 'ServiceSettings.EnableEmailInvitations', 'the mail server', false),
  {
    group: 'mail-and-push',
    setting: 'EmailSettings.SMTPServer',
    byDefault: 'localhost',
    safe: NOWHERE,
    calls: 'password resets, sign-in changes and licence mails, whatever the switches say',
  },
  off('mail-and-push', 'EmailSettings.SendPushNotifications', 'the push proxy'),
  {
    group: 'mail-and-push',
    setting: 'EmailSettings.PushNotificationServer',
    byDefault: 'https://push-test.mattermost.com',
    safe: NOWHERE,
    calls: 'the push proxy',
    while: 'EmailSettings.SendPushNotifications',
  },

  off(
    'content',
    'ServiceSettings.EnableLinkPreviews',
    'every address in a message, also when old ones are read',
  ),
  off('content', 'ServiceSettings.EnableGifPicker', 'Giphy, from the browser'),
  off('content', 'ImageProxySettings.Enable', 'images outside, through a proxy', false),
  {
    group: 'content',
    setting: 'ImageProxySettings.RemoteImageProxyURL',
    byDefault: '',
    safe: NOWHERE,
    calls: 'the image proxy',
    while: 'ImageProxySettings.Enable',
  },
  off('content', 'AutoTranslationSettings.Enable', 'a translation service', false),

  off('integrations', 'ServiceSettings.EnableOutgoingWebhooks', 'the addresses of outgoing webhooks'),
  off(
    'integrations',
    'ServiceSettings.EnableOutgoingOAuthConnections',
    'token endpoints of other services',
    false,
  ),
  off('integrations', 'ConnectedWorkspacesSettings.EnableSharedChannels', 'connected sites', false),
  off('integrations', 'ConnectedWorkspacesSettings.EnableRemoteClusterService', 'connected sites', false),
  off('integrations', 'MessageExportSettings.EnableExport', 'export targets, mail', false),
  off('integrations', 'JobSettings.RunJobs', 'whatever a job that came with the copy does'),
  off('integrations', 'JobSettings.RunScheduler', 'whatever is planned'),

  off('plugins', 'PluginSettings.EnableMarketplace', 'api.integrations.mattermost.com'),
  off('plugins', 'PluginSettings.EnableRemoteMarketplace', 'api.integrations.mattermost.com'),
  off(
    'plugins',
    'PluginSettings.AutomaticPrepackagedPlugins',
    'what the plugins that come with the server call',
  ),

  {
    group: 'services',
    setting: 'SqlSettings.DataSource',
    byDefault: '',
    safe: DECLARED,
    calls: 'the database',
  },
  {
    group: 'services',
    setting: 'SqlSettings.DataSourceReplicas',
    byDefault: '',
    safe: DECLARED,
    calls: 'copies of the database',
  },
  {
    group: 'services',
    setting: 'SqlSettings.DataSourceSearchReplicas',
    byDefault: '',
    safe: DECLARED,
    calls: 'copies of the database',
  },
  {
    group: 'services',
    setting: 'FileSettings.AmazonS3Endpoint',
    byDefault: 's3.amazonaws.com',
    safe: DECLARED,
    calls: 'the file store',
    while: 'FileSettings.DriverName=amazons3',
  },
  {
    group: 'services',
    setting: 'FileSettings.ExportAmazonS3Endpoint',
    byDefault: 's3.amazonaws.com',
    safe: NOWHERE,
    calls: 'the store for exports',
    while: 'FileSettings.DedicatedExportStore',
  },
  off('services', 'LdapSettings.Enable', 'the directory', false),
  off('services', 'LdapSettings.EnableSync', 'the directory', false),
  off('services', 'SamlSettings.Enable', "the SAML provider's metadata", false),
  ...provider('GitLabSettings', 'TokenEndpoint', 'UserAPIEndpoint', 'DiscoveryEndpoint'),
  ...provider('OpenIdSettings', 'DiscoveryEndpoint', 'TokenEndpoint', 'UserAPIEndpoint'),
  off('services', 'GoogleSettings.Enable', 'Google', false),
  off('services', 'Office365Settings.Enable', 'Microsoft', false),
  off('services', 'ElasticsearchSettings.EnableIndexing', 'the search server', false),
  off('services', 'ElasticsearchSettings.EnableSearching', 'the search server', false),
  off('services', 'ElasticsearchSettings.EnableAutocomplete', 'the search server', false),
  {
    group: 'services',
    setting: 'CacheSettings.CacheType',
    byDefault: 'lru',
    safe: 'lru',
    calls: 'Redis',
  },
  off('services', 'ClusterSettings.Enable', "the other nodes of production's cluster", false),
  {
    group: 'services',
    setting: 'LogSettings.AdvancedLoggingJSON',
    byDefault: '',
    safe: NOWHERE,
    calls: 'log collectors',
  },
  {
    group: 'services',
    setting: 'ExperimentalAuditSettings.AdvancedLoggingJSON',
    byDefault: '',
    safe: NOWHERE,
    calls: 'collectors of audit logs',
  },
];

/** What no setting keeps a server from: only a network without a way out does. */
export const UNGATED = [
  {
    calls: 'images in messages: fetched whenever one is read, with link previews off as well',
    where: 'app/post_metadata.go',
  },
  {
    calls: 'api.github.com for the latest version, when an administrator opens "About"',
    where: 'api4/system.go',
  },
] as const;

/** What plugins that people use need from outside. Of others nothing is known. */
export const PLUGIN_NEEDS: Readonly<Record<string, string>> = {
  'com.mattermost.calls': 'a STUN server, stun.global.calls.mattermost.com by default',
  'mattermost-ai': 'a language model service',
  'com.mattermost.nps': 'surveys at Mattermost',
  playbooks: 'nothing',
  focalboard: 'nothing',
  github: 'GitHub',
  'com.github.manland.mattermost-plugin-gitlab': 'GitLab',
  jira: 'Jira',
  zoom: 'Zoom',
  'com.mattermost.msteams-sync': 'Microsoft Teams',
  'com.mattermost.msteamsmeetings': 'Microsoft Teams',
  'com.mattermost.confluence': 'Confluence',
  'com.mattermost.plugin-servicenow': 'ServiceNow',
};
