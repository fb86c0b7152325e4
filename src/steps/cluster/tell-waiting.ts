import type { StepContext } from '../../model/drill.ts';
import { formatDuration, seconds, type Milliseconds } from '../../model/duration.ts';

const FIRST: Milliseconds = seconds(2);
const EVERY: Milliseconds = seconds(5);

/** Tells now and again what is waited for, so that nobody takes it for a hang. What takes a moment only is not told. */
export function tellWaiting(
  ctx: Pick<StepContext, 'progress'>,
  what: string,
): (elapsed: Milliseconds) => void {
  let next = FIRST;
  return (elapsed) => {
    if (elapsed < next) return;
    next = elapsed + EVERY;
    ctx.progress(`Waiting ${what} (${formatDuration(elapsed)})`);
  };
}
