import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'One day in the middle is missing',
  damages: 'The messages of a day two weeks ago, and the counters that knew of them.',
  drill: 'copy',
  caughtBy: { check: 'baseline.posts-per-day', code: 'POSTS_PER_DAY_DIFFER' },
  mayFollow: ['audit.*', 'baseline.*'],
  copy: async ({ query }) => {
    await query(
      `delete from posts where createat between (extract(epoch from now()) - 15 * 86400) * 1000 and (extract(epoch from now()) - 14 * 86400) * 1000`,
    );
    await query(
      `update channels c set totalmsgcount = (select count(*) from posts p where p.channelid = c.id and p.type = '' and p.deleteat = 0), totalmsgcountroot = (select count(*) from posts p where p.channelid = c.id and p.rootid = '' and p.type = '')`,
    );
  },
});
