import { setTimeout as sleep } from 'node:timers/promises';
import { defineDrill } from '../../../src/model/drill.ts';
import { seconds } from '../../../src/model/duration.ts';
import { checks, objectives, serves, why } from './steps.ts';

export default defineDrill({
  title: 'A drill that tells its secrets',
  why,
  objectives,
  restore: [
    serves(),
    {
      id: 'talk',
      title: 'Talk',
      budget: seconds(20),
      async run(ctx) {
        const secret = await ctx.secret({ env: 'MUSTER_TEST_SECRET' });
        for (let line = 0; line < 20; line++) {
          ctx.progress(`line ${line}: ${secret}`);
          await sleep(20);
        }
        await ctx.exec('echo', [secret]);
        const { ended } = await ctx.launch({ role: 'talker', command: 'echo', args: [`I say ${secret}`] });
        await ended;
      },
    },
  ],
  verify: [checks('message.found')],
});
