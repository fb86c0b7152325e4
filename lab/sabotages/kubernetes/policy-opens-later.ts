import { openPolicy } from '../open-policy.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'A policy that opens everything is made while the site runs',
  damages: 'The seal.',
  drill: 'cluster-site',
  caughtBy: { check: 'isolation.nothing-left', code: 'LEFT_THE_SCRATCH' },
  inCluster: { started: openPolicy },
});
