import { claims, defineDrill, hours, steps } from '../src/index.ts';

export default defineDrill({
  title: 'Backup audit',
  why: 'The backups of today would do: fresh, whole, and with everybody known to the secondary IdP. Restores nothing.',
  objectives: { rpo: hours(24), rto: hours(4), tier: 'e20' },
  claims: [claims.backupsAreFresh, claims.backupsAreWhole, claims.baselineWasTaken, claims.everybodyIsKnown],
  preflight: [
    steps.toolsAreReady(['pg_restore', 'nsupdate']),
    steps.backupsAreFresh(),
    steps.backupsAreIntact(),
    steps.baselineIsSound(),
    steps.certificatesAreValid(),
    steps.secondaryIdpHoldsEveryUser(),
  ],
});
