import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The secondary IdP’s metadata is that of another',
  damages: 'Its issuer, as after a restore from the primary’s configuration.',
  drill: 'identity',
  caughtBy: { check: 'identity.metadata', code: 'METADATA_INCONSISTENT' },
  mayFollow: ['error', 'identity.reachable', 'identity.keys', 'identity.known-keys'],
  async settings(config, { identity }) {
    await identity.secondary.reopen({ issuer: 'https://old-sso.drill.test' });
    return config;
  },
});
