import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The copy is of another site',
  damages: 'The site’s own id, which it draws at its first start.',
  drill: 'copy',
  caughtBy: { check: 'baseline.site', code: 'OTHER_SITE' },
  mayFollow: ['baseline.*'],
  copy: async ({ query }) => {
    await query(`update systems set value = reverse(value) where name = 'DiagnosticId'`);
  },
});
