import { defineSabotage } from '../sabotage.ts';
import { meddle } from '../../meddling/meddle.ts';

export default defineSabotage({
  title: 'Search knows only what there was before the recovery',
  damages: 'What is written now is never found, as with an index that is no longer fed.',
  drill: 'search',
  checks: ['search.live'],
  caughtBy: { check: 'search.live', code: 'NOT_FOUND' },
  settings: (config, on) => {
    const restoredAt = Date.now();
    return meddle(config, on, {
      change: ({ path }, { status, body }) => {
        if (status !== 200 || !path.endsWith('/posts/search')) return { status, body };
        const found = JSON.parse(body.toString()) as {
          order: string[];
          posts: Record<string, { create_at: number }>;
        };
        const order = found.order.filter((id) => (found.posts[id]?.create_at ?? 0) < restoredAt);
        return { status, body: Buffer.from(JSON.stringify({ ...found, order })) };
      },
    });
  },
});
