/**
 * Settings whose value decides what people find after a recovery, and none that may hold a secret: where the site is,
 * how people sign in, what they may do, and where files and search are.
 */
const SETTINGS: readonly string[] = [
  'ServiceSettings.SiteURL',
  ...['EnableIncomingWebhooks', 'EnableOutgoingWebhooks', 'EnableCommands', 'EnableUserAccessTokens'].map(
    inService,
  ),
  ...[
    'EnableMultifactorAuthentication',
    'EnforceMultifactorAuthentication',
    'EnableOAuthServiceProvider',
  ].map(inService),
  ...['EnableBotAccountCreation', 'EnablePostUsernameOverride', 'EnableCustomEmoji', 'ThreadAutoFollow'].map(
    inService,
  ),
  ...['CollapsedThreads', 'PostPriority', 'EnableAPITeamDeletion', 'EnableAPIUserDeletion'].map(inService),
  ...['EnableAPIChannelDeletion', 'SessionLengthWebInHours', 'SessionLengthSSOInHours'].map(inService),
  ...['MaxUsersPerTeam', 'EnableUserCreation', 'EnableOpenServer', 'RestrictCreationToDomains'].map(
    (name) => `TeamSettings.${name}`,
  ),
  ...['MaxChannelsPerTeam', 'ExperimentalPrimaryTeam', 'SiteName'].map((name) => `TeamSettings.${name}`),
  ...['EnableSignInWithEmail', 'EnableSignInWithUsername', 'EnableSignUpWithEmail'].map(
    (name) => `EmailSettings.${name}`,
  ),
  ...['GitLabSettings', 'GoogleSettings', 'Office365Settings', 'OpenIdSettings'].flatMap((section) =>
    ['Enable', 'AuthEndpoint', 'TokenEndpoint', 'UserAPIEndpoint', 'DiscoveryEndpoint', 'Id'].map(
      (name) => `${section}.${name}`,
    ),
  ),
  ...['Enable', 'IdpURL', 'IdpDescriptorURL', 'IdAttribute', 'EmailAttribute', 'UsernameAttribute'].map(
    (name) => `SamlSettings.${name}`,
  ),
  ...['Enable', 'EnableSync', 'LdapServer', 'IdAttribute', 'UsernameAttribute', 'EmailAttribute'].map(
    (name) => `LdapSettings.${name}`,
  ),
  ...['DriverName', 'MaxFileSize', 'EnableFileAttachments', 'EnablePublicLink', 'AmazonS3Bucket'].map(
    (name) => `FileSettings.${name}`,
  ),
  ...['Enable', 'AllowEmailAccounts'].map((name) => `GuestAccountsSettings.${name}`),
  ...['EnableMessageDeletion', 'EnableFileDeletion', 'MessageRetentionHours', 'FileRetentionHours'].map(
    (name) => `DataRetentionSettings.${name}`,
  ),
  ...['Enable', 'EnableUploads', 'PluginStates'].map((name) => `PluginSettings.${name}`),
  ...['EnableIndexing', 'EnableSearching'].map((name) => `ElasticsearchSettings.${name}`),
  'SqlSettings.DriverName',
  'SqlSettings.DisableDatabaseSearch',
];

function inService(name: string): string {
  return `ServiceSettings.${name}`;
}

/** Those of a configuration that matter, by path. What it does not have is left out. */
export function pickSettings(configuration: unknown): Readonly<Record<string, unknown>> {
  const sections = (configuration ?? {}) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  return Object.fromEntries(
    SETTINGS.flatMap((path) => {
      const [section = '', name = ''] = path.split('.');
      const value = sections[section]?.[name];
      return value === undefined ? [] : [[path, value] as const];
    }),
  );
}
