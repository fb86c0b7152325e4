import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'A secret is emptied as soon as Velero has restored it',
  damages: 'The secret with the database’s address, while the restore goes on: Completed.',
  drill: 'cluster',
  caughtBy: { check: 'restore.objects', code: 'OBJECTS_DIFFER' },
  inCluster: {
    async sealed({ namespace, watch, patch }) {
      const secret = { apiVersion: 'v1', kind: 'Secret', name: 'mm-database', namespace };
      watch(secret, () => patch(secret, { data: null }));
    },
  },
});
