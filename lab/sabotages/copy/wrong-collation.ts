import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The database sorts by another collation',
  damages: 'The recorded version of the collation that indexes were built with.',
  drill: 'copy',
  caughtBy: { check: 'audit.collations', code: 'COLLATION_DIFFERS' },
  mayFollow: ['baseline.*', 'audit.*'],
  copy: async ({ query }) => {
    await query(`alter table users alter column username type varchar(64) collate "en-x-icu"`);
  },
});
