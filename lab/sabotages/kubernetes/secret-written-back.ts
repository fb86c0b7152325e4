import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'A controller writes production’s database back into a secret after quarantine',
  damages: 'The secret with the database’s address, as an external secret store does.',
  drill: 'cluster-site',
  caughtBy: { error: 'PRODUCTION_ADDRESS_LEFT' },
  inCluster: {
    quarantined: ({ namespace, patch }) =>
      patch(
        { apiVersion: 'v1', kind: 'Secret', name: 'mm-database', namespace },
        {
          stringData: { DB_CONNECTION_STRING: 'postgres://mmuser:it@db.production.invalid:5432/mattermost' },
        },
      ),
  },
});
