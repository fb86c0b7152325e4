import { changeTarball } from '../damage-velero.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The Mattermost resource is not in Velero’s backup',
  damages: 'The custom resource, in the tarball and in Velero’s list.',
  drill: 'backups',
  caughtBy: { check: 'backup.velero.mattermost', code: 'NO_MATTERMOST_RESOURCE' },
  mayFollow: ['baseline.*', 'backup.velero.tarball'],
  backups: (backups) =>
    changeTarball(backups, ({ name, body }) =>
      name.includes('mattermosts.installation') ? undefined : body,
    ),
});
