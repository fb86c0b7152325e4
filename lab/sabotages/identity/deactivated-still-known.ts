import { withExport } from '../changed-export.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Somebody who was deactivated may still sign in at the secondary IdP',
  damages: 'Accounts of those who left were never disabled there.',
  drill: 'identity',
  caughtBy: { check: 'identity.deactivated', code: 'DEACTIVATED_STILL_KNOWN' },
  settings: (config, on) => withExport(config, on, (rows) => rows.map((row) => ({ ...row, active: true }))),
});
