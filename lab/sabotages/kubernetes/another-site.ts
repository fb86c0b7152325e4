import { defineSabotage } from '../sabotage.ts';

const NAMESPACE = 'somebody-elses';

export default defineSabotage({
  title: 'Another site lives in the cluster',
  damages: 'The cluster, which would lose its operator for the time of the drill: it may be production’s.',
  drill: 'cluster-ready',
  caughtBy: { error: 'SCRATCH_IS_PRODUCTION' },
  inCluster: {
    async before({ create }) {
      await create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
      await create({
        apiVersion: 'installation.mattermost.com/v1beta1',
        kind: 'Mattermost',
        metadata: { name: 'chat', namespace: NAMESPACE },
        spec: { image: 'mattermost/mattermost-team-edition', version: '11.6.0', replicas: 0 },
      });
    },
  },
});
