import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Nobody is a member of any channel',
  damages: 'All rows of channelmembers.',
  drill: 'copy',
  caughtBy: { check: 'audit.members-present', code: 'ROWS_MISSING' },
  mayFollow: ['audit.*'],
  copy: async ({ query }) => {
    await query(`delete from channelmembers`);
  },
});
