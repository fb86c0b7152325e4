import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Threads have lost their roots',
  damages: 'The first message of each thread.',
  drill: 'copy',
  caughtBy: { check: 'audit.replies-have-root', code: 'TOO_MANY_LEFTOVERS' },
  mayFollow: ['baseline.*', 'audit.*'],
  copy: async ({ query }) => {
    await query(`delete from posts where id in (select rootid from posts where rootid <> '')`);
  },
});
