import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'One channel’s messages are missing',
  damages: 'All rows of one channel in posts.',
  drill: 'copy',
  caughtBy: { check: 'audit.channels-hold-all-messages', code: 'ROWS_MISSING' },
  mayFollow: ['baseline.*', 'audit.*'],
  copy: async ({ query }) => {
    await query(
      `delete from posts where channelid = (select id from channels where type = 'O' order by totalmsgcount desc limit 1)`,
    );
  },
});
