import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Text is sorted by another version of its collation than indexes were built with',
  damages: 'The recorded version of the collation of an index, as on a machine with another system library.',
  drill: 'copy',
  caughtBy: { check: 'audit.collations-current', code: 'COLLATION_OUTDATED' },
  copy: async ({ query }) => {
    await query(`create index on users (nickname collate "en-x-icu")`);
    await query(`update pg_collation set collversion = '1' where collname = 'en-x-icu'`);
  },
});
