import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The last hour before the dump is missing',
  damages: 'The messages of the last hour, and the counters that knew of them.',
  drill: 'copy',
  caughtBy: { check: 'rpo.canaries', code: 'CANARY_GAP' },
  mayFollow: ['baseline.*', 'audit.*', 'rpo.*'],
  copy: async ({ query }) => {
    await query(`delete from posts where createat > (extract(epoch from now()) - 3600) * 1000`);
    await query(
      `update channels c set totalmsgcount = (select count(*) from posts p where p.channelid = c.id and p.type = '' and p.deleteat = 0), totalmsgcountroot = (select count(*) from posts p where p.channelid = c.id and p.rootid = '' and p.type = '')`,
    );
  },
});
