import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'An enumerated type is missing',
  damages: 'The type of channels is plain text, and its type is gone.',
  drill: 'copy',
  caughtBy: { check: 'audit.types-present', code: 'RELATION_BROKEN' },
  mayFollow: ['baseline.*', 'audit.*'],
  copy: async ({ query }) => {
    await query(`drop materialized view if exists poststats`);
    await query(`alter table channels alter column type type varchar(1) using type::text`);
    await query(`drop type if exists channel_type cascade`);
  },
});
