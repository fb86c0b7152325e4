import { existsSync } from 'node:fs';
import path from 'node:path';
import { defineDrill } from '../../../src/model/drill.ts';
import { seconds } from '../../../src/model/duration.ts';
import { DrillError } from '../../../src/model/errors.ts';
import { checks, objectives, serves, why } from './steps.ts';

export default defineDrill({
  title: 'A drill that can go on',
  why,
  objectives,
  restore: [serves()],
  verify: [
    checks('message.found'),
    {
      id: 'need-repair',
      title: 'Need a repair',
      promises: ['repair.done'],
      budget: seconds(10),
      async run(ctx) {
        if (!existsSync(path.join(ctx.config.scratch.directory, '..', 'repaired')))
          throw new DrillError('APPLICATION_NOT_HEALTHY', 'the site answers HTTP 503, and we wanted 200');
        ctx.check({
          id: 'repair.done',
          claim: 'It is repaired',
          verdict: 'passed',
          expected: 'yes',
          seen: 'yes',
        });
      },
    },
  ],
});
