import { changeList, changeTarball } from '../damage-velero.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The tarball that Velero restores is valid and holds no object',
  damages: 'All objects, in tarball and list. Velero says Completed of its restore.',
  drill: 'cluster-ready',
  caughtBy: { check: 'backup.velero.mattermost', code: 'NO_MATTERMOST_RESOURCE' },
  inCluster: {
    async before({ bucket }) {
      await changeTarball(bucket, ({ name, body }) => (name.startsWith('resources/') ? undefined : body));
      await changeList(bucket, () => ({}));
    },
  },
});
