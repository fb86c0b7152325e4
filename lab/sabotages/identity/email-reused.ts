import { changeFirst, withExport } from '../changed-export.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'An e-mail address stands under another id at the secondary IdP',
  damages: 'Somebody new there was given the address of a user, whose own account has another.',
  drill: 'identity',
  caughtBy: { check: 'identity.emails', code: 'EMAIL_REUSED' },
  mayFollow: ['identity.attributes'],
  settings: (config, on) =>
    withExport(config, on, (rows) =>
      changeFirst(rows, (row) => [
        { ...row, email: `old.${row.email}` },
        { ...row, id: '990001', username: 'newcomer', name: 'Newcomer' },
      ]),
    ),
});
