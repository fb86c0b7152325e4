import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The baseline was changed after it was signed',
  damages: 'One number of rows in the manifest of the baseline.',
  drill: 'backups',
  caughtBy: { check: 'baseline.genuine', code: 'BASELINE_FORGED' },
  async backups({ archive: { list, read, write } }) {
    for (const key of (await list('baselines/')).filter((name) => name.endsWith('manifest.json')))
      await write(key, (await read(key)).toString().replace(/"rows": ?\d+/, '"rows":1'));
  },
});
