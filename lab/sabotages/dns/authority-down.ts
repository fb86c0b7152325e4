import { defineSabotage } from '../sabotage.ts';
import { findFreePort } from '../../../src/support/ports.ts';

export default defineSabotage({
  title: 'The authority does not answer',
  damages: 'Nobody listens where the zone’s own server should be, so the name could not be switched.',
  drill: 'names',
  caughtBy: { error: 'DNS_UNREACHABLE' },
  settings: async (config) => ({
    ...config,
    dns: { ...config.dns, server: `127.0.0.1:${await findFreePort()}` },
  }),
});
