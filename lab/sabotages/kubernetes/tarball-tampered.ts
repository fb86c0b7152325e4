import { changeTarball } from '../damage-velero.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'A secret is another one in the tarball that Velero restores',
  damages: 'The value of each secret, in a tarball that is validly packed again; Velero says Completed.',
  drill: 'cluster-copy',
  caughtBy: { check: 'baseline.velero', code: 'VELERO_DIFFERS' },
  inCluster: {
    before: ({ bucket }) =>
      changeTarball(bucket, ({ name, body }) =>
        name.includes('/secrets/')
          ? body.toString().replace(/"data":\{"([^"]+)":"[^"]*"/, '"data":{"$1":"b3RoZXI="')
          : body,
      ),
  },
});
