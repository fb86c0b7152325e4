import { defineSabotage } from '../sabotage.ts';
import { configure } from '../undo-quarantine.ts';

export default defineSabotage({
  title: 'A setting in the database points to production',
  damages: 'One value of the stored configuration, changed after quarantine had looked.',
  drill: 'isolation',
  caughtBy: { check: 'isolation.no-production-pointer', code: 'PRODUCTION_ADDRESS_LEFT' },
  quarantined: (copy) =>
    configure(copy, 'ServiceSettings', 'AllowCorsFrom', 'https://wiki.production.invalid'),
});
