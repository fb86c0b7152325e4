import type { IdentityConfig } from '../../model/config.ts';
import type { IdentityProvider } from './contract.ts';

/** The provider that a config's `identity.secondary` names. Asks nothing yet. */
export async function openIdentityProvider(config: IdentityConfig): Promise<IdentityProvider> {
  switch (config.kind) {
    case 'gitlab': {
      const { openGitlab } = await import('./gitlab.ts');
      return openGitlab(config);
    }
    case 'openid': {
      const { openOidc } = await import('./oidc.ts');
      return openOidc(config);
    }
  }
}
