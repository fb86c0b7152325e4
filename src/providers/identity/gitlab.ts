import type { IdentityConfig } from '../../model/config.ts';
import type { IdentityProvider } from './contract.ts';
import { examineParts } from './examine.ts';
import { onlyThisService } from './mattermost-environment.ts';
import { hostsOf } from './reach.ts';

export type GitlabConfig = Extract<IdentityConfig, { kind: 'gitlab' }>;

/** The settings that this provider needs; the rest of the section is the steps' business. */
export type GitlabOptions = Pick<
  GitlabConfig,
  'kind' | 'authorizationUrl' | 'tokenUrl' | 'userInfoUrl' | 'clientId'
> & {
  readonly discoveryUrl?: string | undefined;
};

const CALLBACK = '/signup/gitlab/complete';

/** OAuth 2 with a user endpoint like GitLab's: what Mattermost calls "GitLab", whoever serves it. */
export function openGitlab({
  authorizationUrl,
  tokenUrl,
  userInfoUrl,
  discoveryUrl,
  clientId,
}: GitlabOptions): IdentityProvider {
  const urls = {
    authorizationUrl,
    tokenUrl,
    userInfoUrl,
    ...(discoveryUrl !== undefined && { discoveryUrl }),
  };
  return {
    describe: () => ({
      kind: 'gitlab',
      service: 'gitlab',
      clientId,
      startPath: '/oauth/gitlab/login',
      callbackPath: CALLBACK,
      urls,
      hosts: hostsOf(Object.values(urls)),
    }),

    examine: (options) =>
      examineParts(
        {
          discoveryUrl,
          // No scope, as Mattermost's own default has it: the provider then uses the registered application's.
          signIn: () => ({ authorizationUrl, clientId, callbackPath: CALLBACK }),
          backChannel: () => [tokenUrl, userInfoUrl],
        },
        options,
      ),

    mattermostEnvironment: (clientSecret) => ({
      ...onlyThisService('GITLAB'),
      MM_GITLABSETTINGS_ID: clientId,
      MM_GITLABSETTINGS_SECRET: clientSecret,
      // With "openid" in it Mattermost would use its OpenID code, which not every edition has.
      MM_GITLABSETTINGS_SCOPE: '',
      MM_GITLABSETTINGS_AUTHENDPOINT: authorizationUrl,
      MM_GITLABSETTINGS_TOKENENDPOINT: tokenUrl,
      MM_GITLABSETTINGS_USERAPIENDPOINT: userInfoUrl,
      MM_GITLABSETTINGS_DISCOVERYENDPOINT: '',
    }),
  };
}
