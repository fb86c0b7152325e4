import { keptObjects } from '../../velero/kept-objects.ts';
import { packObjects } from '../../velero/tarball.ts';
import { isTarball } from '../damage-velero.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The tarball is that of another site’s backup',
  damages: 'The tarball alone: its name, Velero’s record and its list are this site’s.',
  drill: 'cluster-ready',
  caughtBy: { check: 'backup.velero.tarball', code: 'BACKUP_UNREADABLE' },
  mayFollow: ['backup.velero.volumes'],
  inCluster: {
    async before({ bucket }) {
      const other = keptObjects(
        {
          siteUrl: 'https://chat.other.example',
          name: 'other',
          image: 'mattermost/mattermost-enterprise-edition',
          version: '11.6.0',
          environment: {},
          dataSource: 'postgres://mmuser:other@db.other.example:5432/mattermost',
          fileStore: { claim: 'other-files', storageClass: 'other' },
        },
        new Date(),
      );
      await bucket.change('velero/', isTarball, () => packObjects(other, new Date()));
    },
  },
});
