import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'An index is not valid',
  damages: 'An index of posts, as after a build that was broken off.',
  drill: 'copy',
  caughtBy: { check: 'audit.indexes-valid', code: 'INDEXES_INCOMPLETE' },
  mayFollow: ['baseline.*'],
  copy: async ({ query }) => {
    await query(`update pg_index set indisvalid = false where indexrelid = 'idx_posts_create_at'::regclass`);
  },
});
