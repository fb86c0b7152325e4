import { minutes } from '../../../src/model/duration.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The secondary IdP’s clock is four minutes off',
  damages: 'The time that it tells, and by which it checks one-time codes.',
  drill: 'identity',
  caughtBy: { check: 'identity.clock', code: 'CLOCK_SKEW' },
  async settings(config, { identity }) {
    await identity.secondary.reopen({ clockAhead: minutes(4) });
    return config;
  },
});
