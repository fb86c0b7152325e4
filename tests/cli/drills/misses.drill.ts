import { defineDrill } from '../../../src/model/drill.ts';
import { checks, objectives, serves, why } from './steps.ts';

export default defineDrill({
  title: 'A drill that misses',
  why,
  objectives,
  preflight: [checks('backup.fresh', 'missed'), checks('backup.whole', 'unverified')],
  restore: [serves()],
});
