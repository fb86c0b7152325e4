import { hours } from '../../src/model/duration.ts';
import { shiftClock } from '../shift-clock.ts';

/** Loaded before a drill. The journal makes a date for each event, so that this comes to pass while it is under way. */
const DATES_BEFORE = 10;
let dates = 0;

shiftClock((look) => {
  if (look === 'date') dates += 1;
  return dates > DATES_BEFORE ? hours(1) : 0;
});
