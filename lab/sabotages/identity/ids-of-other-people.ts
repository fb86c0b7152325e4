import { withExport } from '../changed-export.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Two people have each other’s id at the secondary IdP',
  damages: 'The ids of its first two users, as a spreadsheet sorted by one column alone would.',
  drill: 'identity',
  caughtBy: { check: 'identity.owners', code: 'ID_OF_ANOTHER' },
  settings: (config, on) =>
    withExport(config, on, ([first, second, ...others]) =>
      first && second ? [{ ...first, id: second.id }, { ...second, id: first.id }, ...others] : [],
    ),
});
