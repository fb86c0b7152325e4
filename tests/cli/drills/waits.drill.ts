import { defineDrill, PHASES } from '../../../src/model/drill.ts';
import { objectives, waits, why } from './steps.ts';

/** Waits in the phase that MUSTER_TEST_PHASE names. */
const phase = PHASES.find((name) => name === process.env['MUSTER_TEST_PHASE']) ?? 'restore';

export default defineDrill({
  title: 'A drill that waits to be stopped',
  why,
  objectives,
  [phase]: [waits(phase)],
});
