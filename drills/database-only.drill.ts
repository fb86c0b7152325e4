import { claims, defineDrill, hours, steps } from '../src/index.ts';

export default defineDrill({
  title: 'Database recovery drill',
  why: 'The newest dump restores, whole and readable, onto a fresh server.',
  objectives: { rpo: hours(24), rto: hours(4), tier: 'e20' },
  claims: [
    claims.backupsAreFresh,
    claims.backupsAreWhole,
    claims.databaseIsComplete,
    claims.filesAreThere,
    claims.copyEqualsPrimary,
    claims.lossIsWithinRpo,
  ],
  preflight: [
    steps.toolsAreReady(['initdb', 'postgres', 'pg_restore', 'psql', 'setpriv']),
    steps.backupsAreFresh(),
    steps.backupsAreIntact(),
    steps.baselineIsSound(),
    steps.scratchIsNotProduction(),
    steps.scratchIsEmpty(),
    steps.sealScratch(),
  ],
  restore: [
    steps.restoreDatabase(),
    steps.restoreFiles(),
    steps.auditIntegrity(),
    steps.compareWithBaseline(),
  ],
  verify: [steps.completeDatabase()],
});
