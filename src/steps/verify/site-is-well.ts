import type { Check } from '../../model/check.ts';
import type { StepContext } from '../../model/drill.ts';
import { askHealth, isWell } from '../restore/start-application/health.ts';

/** Whether database and file store still answer behind the site: where they do not, nothing else that failed has a cause of its own. */
export async function siteIsWell(
  name: string,
  ctx: Pick<StepContext, 'config' | 'get' | 'signal'>,
): Promise<Check> {
  const answer = await askHealth(ctx, ctx.get('site')).catch((error: unknown) => {
    ctx.signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  });
  const well = typeof answer !== 'string' && isWell(answer);
  return {
    id: `${name}.site-well`,
    claim: 'The site is still well afterwards, with its database and its file store',
    verdict: well ? 'passed' : 'missed',
    expected: 'HTTP 200 with status, database_status and filestore_status OK',
    seen: typeof answer === 'string' ? answer : `HTTP ${answer.status} ${answer.body.trim().slice(0, 200)}`,
    ...(!well && {
      code: 'SITE_NOT_WELL',
      hint: 'Look at the log of the application, then at its database and its file store.',
    }),
  };
}
