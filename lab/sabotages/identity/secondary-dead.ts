import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The secondary IdP is dead',
  damages: 'Its process, as when it shares a rack with the primary.',
  drill: 'identity',
  caughtBy: { check: 'identity.reachable', code: 'IDP_UNREACHABLE' },
  // Nobody can tell then how its certificate, clock and keys are, and the drill ends.
  mayFollow: [
    'error',
    'identity.certificate',
    'identity.clock',
    'identity.metadata',
    'identity.keys',
    'identity.known-keys',
  ],
  async settings(config, { identity }) {
    await identity.secondary.stop();
    return config;
  },
});
