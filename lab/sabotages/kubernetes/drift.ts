import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'An object of an earlier restore stands in the scratch namespace, and is another one',
  damages: 'A ConfigMap, which Velero finds there and leaves as it is: Completed.',
  drill: 'cluster',
  caughtBy: { check: 'restore.objects', code: 'OBJECTS_DIFFER' },
  inCluster: {
    sealed: ({ namespace, create }) =>
      create({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'mm-extra-config', namespace },
        data: { 'extra.json': 'of an earlier restore' },
      }),
  },
});
