import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The resource of the copy gets a variable back that leads to production',
  damages: 'The Mattermost resource, to which GitOps gives back a variable that it had in production.',
  drill: 'cluster-site',
  caughtBy: { error: 'PRODUCTION_ADDRESS_LEFT' },
  inCluster: {
    quarantined: ({ namespace, patch }) =>
      patch(
        { apiVersion: 'installation.mattermost.com/v1beta1', kind: 'Mattermost', name: 'chat', namespace },
        {
          spec: {
            mattermostEnv: [
              {
                name: 'MM_ELASTICSEARCHSETTINGS_CONNECTIONURL',
                value: 'https://search.production.invalid:9200',
              },
            ],
          },
        },
      ),
  },
});
