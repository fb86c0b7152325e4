import type { Client } from 'pg';
import type { StepContext } from '../../../model/drill.ts';
import { days } from '../../../model/duration.ts';

/** How many messages there are of each of the last days before the outage, as evidence: a gap is seen at a glance. */
export async function writePostsPerDay(ctx: StepContext, client: Client): Promise<string> {
  const { rows } = await client.query<{ day: string; posts: string; people: string }>(
    `SELECT to_char(day, 'YYYY-MM-DD') AS day, count(p.id) AS posts, count(DISTINCT p.userid) AS people
       FROM generate_series(date_trunc('day', to_timestamp($1::float8 / 1000)),
                            to_timestamp($2::float8 / 1000), interval '1 day') AS day
       LEFT JOIN posts p ON p.createat >= extract(epoch FROM day) * 1000
                        AND p.createat < extract(epoch FROM day + interval '1 day') * 1000
                        AND coalesce(p.originalid, '') = ''
      GROUP BY day ORDER BY day`,
    [ctx.outageAt.getTime() - days(30), ctx.outageAt.getTime()],
  );
  const lines = rows.map(({ day, posts, people }) => `${day},${posts},${people}`);
  return ctx.attach('posts-per-day.csv', `${['day,posts,people', ...lines].join('\n')}\n`);
}
