import { defineDrill } from '../../../src/model/drill.ts';
import { seconds } from '../../../src/model/duration.ts';
import { checks, makeFolder, objectives, serves, why } from './steps.ts';

export default defineDrill({
  title: 'A drill that cannot clean up',
  why,
  objectives,
  preflight: [checks('backup.fresh')],
  restore: [
    serves(),
    {
      id: 'leave',
      title: 'Leave a folder behind',
      budget: seconds(10),
      run: (ctx) => makeFolder(ctx, 'left'),
      // Only until somebody repairs it.
      async undo(ctx) {
        if (!process.env['MUSTER_TEST_REPAIRED']) throw new Error('the disk says no');
        const { removeFolder } = await import('./steps.ts');
        await removeFolder(ctx, 'left');
      },
    },
  ],
});
