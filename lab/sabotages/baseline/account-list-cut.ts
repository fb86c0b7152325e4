import { cutInHalf } from '../damage-dump.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The baseline’s list of accounts is cut off',
  damages: 'The second half of a file that the signed manifest names.',
  drill: 'backups',
  caughtBy: { check: 'baseline.genuine', code: 'BASELINE_FORGED' },
  backups: ({ archive }) => archive.change('baselines/', (key) => key.includes('/users.'), cutInHalf),
});
