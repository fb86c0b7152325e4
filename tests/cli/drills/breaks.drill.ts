import { defineDrill } from '../../../src/model/drill.ts';
import { seconds } from '../../../src/model/duration.ts';
import { checks, objectives, serves, why } from './steps.ts';

export default defineDrill({
  title: 'A drill whose tool fails',
  why,
  objectives,
  restore: [
    serves(),
    {
      id: 'fail',
      title: 'Run a tool that fails',
      budget: seconds(10),
      run: async (ctx) => void (await ctx.exec('sh', ['-c', 'echo "fatal: no such thing" >&2; exit 7'])),
    },
  ],
  verify: [checks('message.found')],
});
