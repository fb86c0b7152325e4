import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Messages have lost their authors',
  damages: 'Ten users who have written.',
  drill: 'copy',
  caughtBy: { check: 'audit.posts-have-author', code: 'TOO_MANY_LEFTOVERS' },
  mayFollow: ['baseline.*', 'audit.*', 'rpo.*'],
  copy: async ({ query }) => {
    await query(
      `delete from users where id in (select userid from posts group by 1 order by count(*) desc offset 2 limit 10)`,
    );
  },
});
