import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'A table is missing',
  damages: 'The table reactions.',
  drill: 'copy',
  caughtBy: { check: 'audit.tables-present', code: 'RELATION_BROKEN' },
  mayFollow: ['baseline.*', 'audit.*', 'error'],
  copy: async ({ query }) => {
    await query(`drop table reactions cascade`);
  },
});
