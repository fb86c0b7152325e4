import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'One blank is too many in one message',
  damages: 'A single message.',
  drill: 'copy',
  caughtBy: { check: 'baseline.contents', code: 'TABLE_DIFFERS_FROM_BASELINE' },
  mayFollow: ['baseline.*'],
  copy: async ({ query }) => {
    await query(`update posts set message = message || ' ' where id = (select max(id) from posts)`);
  },
});
