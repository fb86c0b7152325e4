import { defineDrill, hours, steps } from '../../../src/index.ts';

/** Every phase, as short as it can be: what is interrupted need not be complete. */
export default defineDrill({
  title: 'Short recovery drill',
  why: 'It is there to be interrupted.',
  objectives: { rpo: hours(24), rto: hours(4), tier: 'lab' },
  preflight: [
    steps.backupsAreFresh(),
    steps.scratchIsNotProduction(),
    steps.scratchIsEmpty(),
    steps.sealScratch(),
  ],
  restore: [
    steps.restoreCluster(),
    steps.restoreDatabase(),
    steps.restoreFiles(),
    steps.auditIntegrity(),
    steps.quarantine(),
    steps.startApplication(),
  ],
  failover: [steps.switchDns()],
  verify: [steps.runChecks('login')],
  load: [steps.runLoad()],
});
