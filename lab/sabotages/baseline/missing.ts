import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Nobody has taken a baseline',
  damages: 'All baselines in the archive.',
  drill: 'backups',
  caughtBy: { check: 'baseline.found', code: 'BASELINE_MISSING' },
  mayFollow: ['baseline.genuine'],
  backups: ({ archive }) => archive.removeAll('baselines/'),
});
