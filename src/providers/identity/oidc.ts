import type { IdentityConfig } from '../../model/config.ts';
import type { IdentityProvider } from './contract.ts';
import { examineParts } from './examine.ts';
import { onlyThisService } from './mattermost-environment.ts';
import { hostsOf } from './reach.ts';

export type OidcConfig = Extract<IdentityConfig, { kind: 'openid' }>;

/** The settings that this provider needs; the rest of the section is the steps' business. */
export type OidcOptions = Pick<OidcConfig, 'kind' | 'discoveryUrl' | 'clientId'>;

const CALLBACK = '/signup/openid/complete';
const SCOPE = 'openid profile email';

/** Any OpenID Connect provider, known by its discovery document (OpenID Connect Discovery 1.0). */
export function openOidc({ discoveryUrl, clientId }: OidcOptions): IdentityProvider {
  return {
    describe: () => ({
      kind: 'openid',
      service: 'openid',
      clientId,
      startPath: '/oauth/openid/login',
      callbackPath: CALLBACK,
      urls: { discoveryUrl },
      hosts: hostsOf([discoveryUrl]),
    }),

    examine: (options) =>
      examineParts(
        {
          discoveryUrl,
          signIn: (document) =>
            document && {
              authorizationUrl: document.authorization_endpoint,
              clientId,
              callbackPath: CALLBACK,
              scope: SCOPE,
            },
          backChannel: (document) =>
            document
              ? [document.token_endpoint, document.userinfo_endpoint].filter((url) => url !== undefined)
              : [],
        },
        options,
      ),

    mattermostEnvironment: (clientSecret) => ({
      ...onlyThisService('OPENID'),
      MM_OPENIDSETTINGS_ID: clientId,
      MM_OPENIDSETTINGS_SECRET: clientSecret,
      MM_OPENIDSETTINGS_SCOPE: SCOPE,
      MM_OPENIDSETTINGS_DISCOVERYENDPOINT: discoveryUrl,
    }),
  };
}
