import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Velero’s server is there and does nothing',
  damages: 'Its process, which is halted where it stands.',
  drill: 'cluster-ready',
  caughtBy: { error: 'CLUSTER_NOT_READY' },
  inCluster: { before: async ({ halt }) => halt("recovery cluster's velero") },
});
