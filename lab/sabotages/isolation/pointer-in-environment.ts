import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The site would be started with production’s search server in its environment',
  damages: 'One variable that the site is started with.',
  drill: 'isolation',
  caughtBy: { error: 'PRODUCTION_ADDRESS_LEFT' },
  quarantined: async ({ environment }) =>
    environment({ MM_ELASTICSEARCHSETTINGS_CONNECTIONURL: 'https://search.production.invalid:9200' }),
});
