import type { Check } from '../model/check.ts';
import { formatDuration, seconds, type Milliseconds } from '../model/duration.ts';

/** A clock that is only disciplined is slewed, by at most this share of the time: MAXFREQ of Linux's timex, 500 ppm. */
const SLEW = 500e-6;
const TOLERANCE = seconds(5);

/** From here on, tells how far the wall clock has left the monotonic one: it was set, or the machine slept. */
export function watchClock(): () => Check | undefined {
  const since = { wall: Date.now(), tick: performance.now() };
  return () => {
    const ran = performance.now() - since.tick;
    return judgeClock(Date.now() - since.wall - ran, ran);
  };
}

/**
 * Undefined while both clocks agree. Ages of backups, one-time codes and certificates go by the wall clock: when it was
 * set under way, what was judged by it is not known.
 */
export function judgeClock(ahead: Milliseconds, ran: Milliseconds): Check | undefined {
  const allowed = TOLERANCE + ran * SLEW;
  if (Math.abs(ahead) <= allowed) return undefined;
  return {
    id: 'run.clock',
    claim: 'The clock of this machine was not set while the drill ran',
    verdict: 'unverified',
    expected: `at most ${formatDuration(allowed)} from the monotonic clock`,
    seen: `${formatDuration(Math.abs(ahead))} ${ahead > 0 ? 'ahead' : 'behind'}`,
    code: 'CLOCK_JUMPED',
    hint: 'It was set, or the machine slept: ages, expiries and one-time codes went by it. Run the drill again.',
  };
}
