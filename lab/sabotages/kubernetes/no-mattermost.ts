import { forget } from '../damage-velero.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Velero did not know the Mattermost resource yet when it took the backup',
  damages:
    'The custom resource, in tarball and list: kinds that are newer than Velero’s last look are left out. Completed.',
  drill: 'cluster-ready',
  caughtBy: { check: 'backup.velero.mattermost', code: 'NO_MATTERMOST_RESOURCE' },
  inCluster: {
    before: ({ bucket }) =>
      forget(bucket, {
        resource: 'mattermosts.installation.mattermost.com',
        kind: 'installation.mattermost.com/v1beta1/Mattermost',
        name: 'chat',
      }),
  },
});
