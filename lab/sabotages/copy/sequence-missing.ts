import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'A sequence stands before numbers that are taken',
  damages: 'A sequence beside a plugin’s table, as after a restore of data alone.',
  drill: 'copy',
  caughtBy: { check: 'audit.sequences-ahead', code: 'SEQUENCE_BEHIND' },
  mayFollow: ['baseline.*'],
  copy: async ({ query }) => {
    await query(`create table plugin_tickets (id serial primary key, title text)`);
    await query(`insert into plugin_tickets select n, 'ticket ' || n from generate_series(1, 100) n`);
  },
});
