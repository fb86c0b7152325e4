import { OPERATOR } from '../operator.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'There is no Mattermost Operator in the cluster',
  damages: 'Its Deployment.',
  drill: 'cluster-ready',
  caughtBy: { error: 'CLUSTER_NOT_READY' },
  inCluster: { before: ({ remove }) => remove(OPERATOR) },
});
