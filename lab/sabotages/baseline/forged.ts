import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The baseline was changed after it was signed',
  damages: 'One number of rows in the manifest of the baseline.',
  drill: 'backups',
  caughtBy: { check: 'baseline.genuine', code: 'BASELINE_FORGED' },
  backups: ({ archive }) =>
    archive.change(
      'baselines/',
      (key) => key.endsWith('manifest.json'),
      (body) => body.toString().replace(/"rows": ?\d+/, '"rows":1'),
    ),
});
