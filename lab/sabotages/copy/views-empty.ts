import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Materialised views were never filled',
  damages: 'The view poststats.',
  drill: 'copy',
  caughtBy: { check: 'audit.materialized-views-filled', code: 'VIEWS_INCOMPLETE' },
  mayFollow: ['baseline.*'],
  copy: async ({ query }) => {
    await query(`refresh materialized view poststats with no data`);
  },
});
