import type { Check } from '../../model/check.ts';
import type { StepContext } from '../../model/drill.ts';
import { seconds } from '../../model/duration.ts';
import { httpsGet } from '../../support/https-get.ts';
import { lookUp } from './secondary-idp.ts';

/** Node's codes for a server that is not there. A bad certificate or half an answer is a sign of life. */
const SILENCE = new Set([
  ...['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'ABORT_ERR'],
  ...['ENOTFOUND', 'EAI_AGAIN'],
]);

/**
 * Asks the primary identity provider whether it is dead: only then have the sign-ins shown that nobody needs it. Asked
 * by Muster alone, apart from the network that browsers are watched in.
 */
export async function askPrimaryIdp(ctx: StepContext): Promise<Check> {
  const { url } = ctx.config.identity.primary;
  const check = {
    id: 'identity.primary-dead',
    claim: 'The primary IdP was dead while people signed in',
    expected: 'no answer',
  };
  if (url === undefined)
    return {
      ...check,
      verdict: 'unverified',
      seen: 'nobody told where it answers when it lives',
      code: 'PRIMARY_UNKNOWN',
      hint: 'Set identity.primary.url.',
    };
  const answer = await ask(ctx, url);
  if (answer.alive)
    return {
      ...check,
      verdict: 'unverified',
      seen: `${url} ${answer.seen}`,
      code: 'PRIMARY_ANSWERS',
      hint: 'The drill cannot show that nothing needs it. Hold one where the scratch cannot reach it.',
    };
  return { ...check, verdict: 'passed', seen: `${url} ${answer.seen}` };
}

async function ask(
  ctx: StepContext,
  url: string,
): Promise<{ readonly alive: boolean; readonly seen: string }> {
  const { signal } = ctx;
  try {
    const { status } = await httpsGet(url, {
      signal,
      timeout: seconds(5),
      lookup: (host) => lookUp(ctx, host),
    });
    return { alive: status < 500, seen: `answers ${status}` };
  } catch (error) {
    signal.throwIfAborted();
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return SILENCE.has(code)
      ? { alive: false, seen: `does not answer (${code})` }
      : { alive: true, seen: `is there (${code || String(error)})` };
  }
}
