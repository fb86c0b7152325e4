import { defineDrill, hours, steps } from '../../../src/index.ts';

/** Into a cluster, as far as the site is up: what goes wrong there shows before anybody signs in. */
export default defineDrill({
  title: 'Short recovery into a cluster',
  why: 'It is there to fail.',
  objectives: { rpo: hours(24), rto: hours(4), tier: 'lab' },
  preflight: [steps.backupsAreFresh(), steps.clusterIsReady(), steps.scratchIsEmpty(), steps.sealScratch()],
  restore: [
    steps.restoreCluster(),
    steps.restoreDatabase(),
    steps.restoreFiles(),
    steps.quarantine(),
    steps.startApplication(),
  ],
});
