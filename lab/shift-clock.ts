import type { Milliseconds } from '../src/model/duration.ts';

/**
 * From here on, whatever asks this process for the time is told a later one: tokens, one-time codes, the Date header.
 * `ahead` is asked each time, and told whether a date is made or only the number read.
 */
export function shiftClock(ahead: (look: 'date' | 'number') => Milliseconds): void {
  const RealDate = Date;
  const now = () => RealDate.now() + ahead('number');
  globalThis.Date = new Proxy(RealDate, {
    construct: (Target, given: unknown[]) =>
      given.length === 0
        ? new Target(RealDate.now() + ahead('date'))
        : (Reflect.construct(Target, given) as Date),
    get: (target, key) => (key === 'now' ? now : (Reflect.get(target, key) as unknown)),
  });
}
