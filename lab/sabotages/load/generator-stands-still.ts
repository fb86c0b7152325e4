import { defineSabotage } from '../sabotage.ts';
import { freeze, onceLoadIsMade } from '../../meddling/load-generator.ts';

export default defineSabotage({
  title: 'The load generator has no time for its work',
  damages: 'The generator stands still for eight seconds, as on a machine with too much to do.',
  drill: 'load',
  caughtBy: { check: 'load.generator-kept-up', code: 'GENERATOR_BEHIND' },
  mayFollow: ['load.*'],
  site: async (site) => onceLoadIsMade(site, 7_000, (generator, signal) => freeze(generator, 8_000, signal)),
});
