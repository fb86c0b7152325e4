import { forget } from '../damage-velero.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'One object is missing in the tarball that Velero restores, and in its list',
  damages: 'A ConfigMap. Velero restores what is left: Completed.',
  drill: 'cluster-copy',
  caughtBy: { check: 'baseline.velero', code: 'VELERO_DIFFERS' },
  inCluster: {
    before: ({ bucket }) =>
      forget(bucket, { resource: 'configmaps', kind: 'v1/ConfigMap', name: 'mm-extra-config' }),
  },
});
