import type { Milliseconds } from '../../src/model/duration.ts';

/** From here on, whatever asks this process for the time is told a later one: tokens, one-time codes, the Date header. */
export function setClockAhead(ahead: Milliseconds): void {
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    constructor(...given: [] | [number | string | Date]) {
      super(given[0] ?? RealDate.now() + ahead);
    }

    static override now(): number {
      return RealDate.now() + ahead;
    }
  } as DateConstructor;
}
