import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Nobody has taken a baseline',
  damages: 'All baselines in the archive.',
  drill: 'backups',
  caughtBy: { check: 'baseline.found', code: 'BASELINE_MISSING' },
  mayFollow: ['baseline.genuine'],
  async backups({ archive: { list, remove } }) {
    for (const key of await list('baselines/')) await remove(key);
  },
});
