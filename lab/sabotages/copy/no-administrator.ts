import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'No active administrator is left',
  damages: 'The role of all system administrators.',
  drill: 'copy',
  caughtBy: { check: 'audit.active-admin', code: 'RELATION_BROKEN' },
  mayFollow: ['baseline.*', 'audit.*'],
  copy: async ({ query }) => {
    await query(`update users set roles = 'system_user' where roles like '%system_admin%'`);
  },
});
