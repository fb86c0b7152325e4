import { describe, expect, it } from 'vitest';
import { judgeClock } from '../../src/engine/clock-jump.ts';
import { hours, seconds } from '../../src/model/duration.ts';

describe('judgeClock', () => {
  it('says nothing while both clocks agree', () => {
    expect(judgeClock(0, hours(2))).toBeUndefined();
    expect(judgeClock(seconds(-4), seconds(10))).toBeUndefined();
  });

  it('allows a clock that is only slewed on a long run', () => {
    expect(judgeClock(seconds(8), hours(2))).toBeUndefined();
  });

  it.each([
    ['ahead', hours(1)],
    ['behind', hours(-1)],
  ])('leaves a run unverified whose clock was set %s', (direction, ahead) => {
    expect(judgeClock(ahead, seconds(30))).toMatchObject({
      id: 'run.clock',
      verdict: 'unverified',
      code: 'CLOCK_JUMPED',
      seen: `1h ${direction}`,
    });
  });
});
