import { defineDrill } from '../../../src/model/drill.ts';
import { checks, objectives, serves, why } from './steps.ts';

export default defineDrill({
  title: 'A drill that passes',
  why,
  objectives,
  preflight: [checks('backup.fresh')],
  restore: [serves()],
  verify: [checks('message.found')],
});
