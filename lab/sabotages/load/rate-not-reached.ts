import { defineSabotage } from '../sabotage.ts';
import { freeze, onceLoadIsMade } from '../../meddling/load-generator.ts';

export default defineSabotage({
  title: 'Only half of the load is made',
  damages: 'The generator stands still in the second half of its time.',
  drill: 'load',
  caughtBy: { check: 'load.rate-reached', code: 'RATE_NOT_REACHED' },
  mayFollow: ['load.*'],
  site: async (site) =>
    onceLoadIsMade(site, 14_000, (generator, signal) => freeze(generator, 24_000, signal)),
});
