import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The secondary IdP signs with another key than before',
  damages: 'Its key pair: rebuilt from nothing, or somebody else’s. GitLab-style sign-in never looks.',
  drill: 'identity',
  caughtBy: { check: 'identity.known-keys', code: 'KEYS_CHANGED' },
  async settings(config, { identity }) {
    await identity.secondary.reopen({ newSigningKeys: true });
    return config;
  },
});
