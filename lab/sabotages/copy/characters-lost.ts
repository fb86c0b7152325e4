import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Letters outside ASCII have become question marks',
  damages: 'All messages, as by a dump in the wrong encoding.',
  drill: 'copy',
  caughtBy: { check: 'baseline.contents', code: 'TABLE_DIFFERS_FROM_BASELINE' },
  mayFollow: ['baseline.*', 'audit.*'],
  copy: async ({ query }) => {
    await query(`update posts set message = regexp_replace(message, '[^\\x01-\\x7f]', '?', 'g')`);
  },
});
