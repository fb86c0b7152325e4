import type { IdentityConfig } from '../../model/config.ts';
import type { IdentityProvider } from './contract.ts';
import { onlyThisService } from './mattermost-environment.ts';
import { askDiscovery, askKeys, askToSignIn, hostsOf, summarise, type Asked } from './reach.ts';

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

    async verifyReachable(options) {
      const asked: Asked[] = [];
      let signingKeys: number | undefined;
      if (discoveryUrl !== undefined) {
        const { document, answer } = await askDiscovery(discoveryUrl, options);
        const keys = await askKeys(document, options);
        signingKeys = keys.count;
        asked.push(answer, keys.answer);
      }
      // No scope, as Mattermost's own default has it: the provider then uses the one of the registered application.
      asked.push(await askToSignIn({ authorizationUrl, clientId, callbackPath: CALLBACK }, options));
      return summarise(asked, signingKeys);
    },

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
