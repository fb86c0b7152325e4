import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'An object that no backup holds stands in the scratch namespace',
  damages: 'Nothing that was restored: there is a Secret too many, with production’s password in it.',
  drill: 'cluster',
  caughtBy: { check: 'restore.objects', code: 'OBJECTS_DIFFER' },
  inCluster: {
    sealed: ({ namespace, create }) =>
      create({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'of-an-earlier-restore', namespace },
        stringData: { password: 'production' },
      }),
  },
});
