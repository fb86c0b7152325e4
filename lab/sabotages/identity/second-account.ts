import { changeFirst, withExport } from '../changed-export.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'A user would get a second, empty account',
  damages: 'One account there has a new id and a new e-mail address, and the same user name.',
  drill: 'identity',
  caughtBy: { check: 'identity.users', code: 'USERS_LOCKED_OUT' },
  settings: (config, on) =>
    withExport(config, on, (rows) =>
      changeFirst(rows, (row) => [{ ...row, id: '990001', email: `new.${row.email}` }]),
    ),
});
