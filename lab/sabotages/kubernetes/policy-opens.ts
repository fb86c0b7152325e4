import { openPolicy } from '../open-policy.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'A policy that opens everything is in the scratch namespace before the site starts',
  damages: 'The seal: policies add up, and clusters with a policy for each new namespace make one.',
  drill: 'cluster-site',
  caughtBy: { error: 'SCRATCH_NOT_SEALED' },
  inCluster: { quarantined: openPolicy },
});
