import { changeFirst, withExport } from '../changed-export.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The secondary IdP has another user name for somebody',
  damages: 'One user name there, which signing in would write over the one here.',
  drill: 'identity',
  caughtBy: { check: 'identity.attributes', code: 'NAMES_OVERWRITTEN' },
  settings: (config, on) =>
    withExport(config, on, (rows) => changeFirst(rows, (row) => [{ ...row, username: `${row.username}2` }])),
});
