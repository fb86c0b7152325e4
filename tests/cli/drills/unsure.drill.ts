import { defineDrill } from '../../../src/model/drill.ts';
import { seconds } from '../../../src/model/duration.ts';
import { checks, objectives, why } from './steps.ts';

export default defineDrill({
  title: 'A drill with a step that forgets what it promised',
  why,
  objectives,
  preflight: [
    checks('backup.fresh'),
    { id: 'forget', title: 'Forget a check', promises: ['never.made'], budget: seconds(5), async run() {} },
  ],
});
