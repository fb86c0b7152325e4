const SIGN_IN_BY_OAUTH = [
  'Enable',
  'AuthEndpoint',
  'TokenEndpoint',
  'UserAPIEndpoint',
  'DiscoveryEndpoint',
  'Id',
];

/**
 * Settings whose value decides what people find after a recovery, and none that may hold a secret: where the site is,
 * how people sign in, what they may do, and where files and search are.
 */
const SETTINGS: Readonly<Record<string, readonly string[]>> = {
  ServiceSettings: [
    'SiteURL',
    ...['EnableIncomingWebhooks', 'EnableOutgoingWebhooks', 'EnableCommands', 'EnableUserAccessTokens'],
    ...['EnableMultifactorAuthentication', 'EnforceMultifactorAuthentication', 'EnableOAuthServiceProvider'],
    ...['EnableBotAccountCreation', 'EnablePostUsernameOverride', 'EnableCustomEmoji', 'ThreadAutoFollow'],
    ...['CollapsedThreads', 'PostPriority', 'EnableAPITeamDeletion', 'EnableAPIUserDeletion'],
    ...['EnableAPIChannelDeletion', 'SessionLengthWebInHours', 'SessionLengthSSOInHours'],
  ],
  TeamSettings: [
    ...['MaxUsersPerTeam', 'EnableUserCreation', 'EnableOpenServer', 'RestrictCreationToDomains'],
    ...['MaxChannelsPerTeam', 'ExperimentalPrimaryTeam', 'SiteName'],
  ],
  EmailSettings: ['EnableSignInWithEmail', 'EnableSignInWithUsername', 'EnableSignUpWithEmail'],
  GitLabSettings: SIGN_IN_BY_OAUTH,
  GoogleSettings: SIGN_IN_BY_OAUTH,
  Office365Settings: SIGN_IN_BY_OAUTH,
  OpenIdSettings: SIGN_IN_BY_OAUTH,
  SamlSettings: [
    ...['Enable', 'IdpURL', 'IdpDescriptorURL', 'IdAttribute', 'EmailAttribute', 'UsernameAttribute'],
  ],
  LdapSettings: ['Enable', 'EnableSync', 'LdapServer', 'IdAttribute', 'UsernameAttribute', 'EmailAttribute'],
  FileSettings: ['DriverName', 'MaxFileSize', 'EnableFileAttachments', 'EnablePublicLink', 'AmazonS3Bucket'],
  GuestAccountsSettings: ['Enable', 'AllowEmailAccounts'],
  DataRetentionSettings: [
    ...['EnableMessageDeletion', 'EnableFileDeletion', 'MessageRetentionHours', 'FileRetentionHours'],
  ],
  PluginSettings: ['Enable', 'EnableUploads', 'PluginStates'],
  ElasticsearchSettings: ['EnableIndexing', 'EnableSearching'],
  SqlSettings: ['DriverName', 'DisableDatabaseSearch'],
};

/** Those of a configuration that matter, by path. What it does not have is left out. */
export function pickSettings(configuration: unknown): Readonly<Record<string, unknown>> {
  const sections = (configuration ?? {}) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  return Object.fromEntries(
    Object.entries(SETTINGS).flatMap(([section, names]) =>
      names.flatMap((name) => {
        const value = sections[section]?.[name];
        return value === undefined ? [] : [[`${section}.${name}`, value] as const];
      }),
    ),
  );
}
