import { changeFirst, withExport } from '../changed-export.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'A user is missing at the secondary IdP',
  damages: 'One account there was never made.',
  drill: 'identity',
  caughtBy: { check: 'identity.users', code: 'USERS_LOCKED_OUT' },
  settings: (config, on) => withExport(config, on, (rows) => changeFirst(rows, () => [])),
});
