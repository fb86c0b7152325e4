import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The site would be started with production’s database as a replica',
  damages: 'The variable with addresses of database replicas, a secret with a password in it.',
  drill: 'isolation',
  caughtBy: { error: 'PRODUCTION_ADDRESS_LEFT' },
  quarantined: async ({ environment }) =>
    environment({
      MM_SQLSETTINGS_DATASOURCEREPLICAS: 'postgres://mmuser:lab-only@db.production.invalid:5432/mattermost',
    }),
});
