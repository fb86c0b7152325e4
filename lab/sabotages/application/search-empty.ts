import { defineSabotage } from '../sabotage.ts';
import { meddle } from '../../meddling/meddle.ts';

export default defineSabotage({
  title: 'Search finds nothing',
  damages: 'Every search comes back empty, as with an index that nobody has built.',
  drill: 'search',
  checks: ['search.historic'],
  caughtBy: { check: 'search.historic', code: 'NOT_FOUND' },
  settings: (config, on) =>
    meddle(config, on, {
      answer: ({ path }) =>
        path.endsWith('/posts/search')
          ? { status: 200, body: Buffer.from('{"order":[],"posts":{},"matches":null}') }
          : undefined,
    }),
});
