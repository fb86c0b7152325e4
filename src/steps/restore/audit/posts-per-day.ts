import type { Client } from 'pg';
import type { StepContext } from '../../../model/drill.ts';
import { days } from '../../../model/duration.ts';

/** How many messages there are of each of the last days before the outage, as evidence: a gap is seen at a glance. */
export async function writePostsPerDay(ctx: StepContext, client: Client): Promise<string> {
  const last = Math.floor(ctx.outageAt.getTime() / days(1));
  // Bounds of the column's own type: only then are the days looked up, and the rest of the history is not read.
  const { rows } = await client.query<{ day: string; posts: string; people: string }>(
    `SELECT to_char(to_timestamp(day * 86400), 'YYYY-MM-DD') AS day,
            coalesce(posts, 0) AS posts, coalesce(people, 0) AS people
       FROM generate_series($1::bigint, $2::bigint) AS day
       LEFT JOIN (SELECT createat / 86400000 AS day, count(*) AS posts, count(DISTINCT userid) AS people
                    FROM posts
                   WHERE createat >= $1::bigint * 86400000 AND createat < ($2::bigint + 1) * 86400000
                     AND coalesce(originalid, '') = ''
                   GROUP BY 1) AS written USING (day)
      ORDER BY day`,
    [last - 30, last],
  );
  const lines = rows.map(({ day, posts, people }) => `${day},${posts},${people}`);
  return ctx.attach('posts-per-day.csv', `${['day,posts,people', ...lines].join('\n')}\n`);
}
