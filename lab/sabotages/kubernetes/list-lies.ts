import { changeList } from '../damage-velero.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The tarball holds an object that Velero never saved',
  damages: 'A secret is not in Velero’s list, as if somebody had put it into the tarball afterwards.',
  drill: 'cluster-ready',
  caughtBy: { check: 'backup.velero.tarball', code: 'VELERO_DIFFERS' },
  inCluster: {
    before: ({ bucket }) => changeList(bucket, ({ 'v1/Secret': _secrets, ...others }) => others),
  },
});
