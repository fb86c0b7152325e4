import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Somebody who was deactivated gets in',
  damages: 'Nobody was disabled at the secondary IdP: Mattermost brings the account back.',
  drill: 'login',
  checks: ['login.deactivated.renata.silva', 'login.break-glass.breakglass'],
  caughtBy: { check: 'login.deactivated.renata.silva', code: 'DEACTIVATED_GOT_IN' },
  async settings(config, { identity }) {
    await identity.secondary.reopen({
      users: (users) => users.map((user) => ({ ...user, disabled: false })),
    });
    return config;
  },
});
