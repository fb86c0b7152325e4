import { NODE_NAME } from '../../kubernetes/node.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'No node takes the site’s pods',
  damages: 'The node, which takes no new pods.',
  drill: 'cluster-ready',
  caughtBy: { error: 'CLUSTER_NOT_READY' },
  inCluster: {
    before: ({ patch }) =>
      patch({ apiVersion: 'v1', kind: 'Node', name: NODE_NAME }, { spec: { unschedulable: true } }),
  },
});
