import { gzip } from '../../velero/tarball.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Velero’s backup left the volume with the files out',
  damages: 'Velero’s record of volumes: no pod that mounts it was running. Completed.',
  drill: 'cluster-ready',
  caughtBy: { check: 'backup.velero.volumes', code: 'VOLUME_NOT_SAVED' },
  inCluster: {
    before: ({ bucket }) =>
      bucket.change(
        'velero/backups/',
        (key) => key.endsWith('-volumeinfo.json.gz'),
        () => gzip('[]\n'),
      ),
  },
});
