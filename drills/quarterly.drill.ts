import { defineDrill, hours, steps } from '../src/index.ts';

export default defineDrill({
  title: 'Quarterly recovery drill',
  why: 'Losing the primary site may cost at most 24 hours of messages and 4 hours of service.',
  objectives: { rpo: hours(24), rto: hours(4), tier: 'e20' },
  preflight: [
    steps.toolsAreReady(),
    steps.backupsAreFresh(),
    steps.backupsAreIntact(),
    steps.scratchIsNotProduction(),
    steps.scratchIsEmpty(),
    steps.certificatesAreValid(),
    steps.nameCanBeSwitched(),
    steps.secondaryIdpHoldsEveryUser(),
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
  verify: [
    steps.runChecks('login'),
    steps.runChecks('messages'),
    steps.completeDatabase(),
    steps.runChecks('search'),
  ],
  load: [steps.runLoad()],
});
