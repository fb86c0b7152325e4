import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Nobody is a member of any channel',
  damages: 'All rows of channelmembers.',
  drill: 'copy',
  caughtBy: { check: 'audit.conversations-have-members', code: 'TOO_MANY_LEFTOVERS' },
  mayFollow: ['baseline.*', 'audit.*'],
  copy: async ({ query }) => {
    await query(`delete from channelmembers`);
  },
});
