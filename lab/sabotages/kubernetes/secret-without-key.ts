import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The site’s file store is in a secret that lacks the keys',
  damages: 'The Mattermost resource, which GitOps leads to another secret of its namespace.',
  drill: 'cluster-site',
  caughtBy: { error: 'APPLICATION_NOT_HEALTHY' },
  inCluster: {
    quarantined: ({ namespace, patch }) =>
      patch(
        { apiVersion: 'installation.mattermost.com/v1beta1', kind: 'Mattermost', name: 'chat', namespace },
        { spec: { fileStore: { external: { secret: 'chat-tls' } } } },
      ),
  },
});
