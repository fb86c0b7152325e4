import { setTimeout as sleep } from 'node:timers/promises';
import { defineDrill } from '../../../src/model/drill.ts';
import { seconds } from '../../../src/model/duration.ts';
import { checks, objectives, serves, why } from './steps.ts';

export default defineDrill({
  title: 'A drill with an error that nobody catches',
  why,
  objectives,
  preflight: [checks('backup.fresh')],
  restore: [
    serves(),
    {
      id: 'crash',
      title: 'Throw where nobody looks',
      budget: seconds(20),
      async run({ signal }) {
        setImmediate(() => {
          throw new Error('a socket was closed');
        });
        await sleep(10_000, undefined, { signal });
      },
    },
  ],
});
