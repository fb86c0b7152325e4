import { randomBytes } from 'node:crypto';
import { startClock } from './clock.ts';
import { describeMachine, type RunRecord } from './run-record.ts';
import { newRunId } from '../model/layout.ts';
import { musterCommit, musterVersion } from '../support/version.ts';

type Given = Pick<
  RunRecord,
  'drill' | 'only' | 'config' | 'configFile' | 'objectives' | 'outageAt' | 'lab' | 'confirmed' | 'proof'
>;

/** Declares a run: from here on its RTO clock runs. */
export function startRecord(given: Given): RunRecord {
  const clock = startClock();
  return {
    ...given,
    run: newRunId(given.drill, clock.declaredAt, randomBytes(2).toString('hex')),
    declaredAt: clock.declaredAt.toISOString(),
    declaredTick: clock.declaredTick.toString(),
    machine: describeMachine(),
    muster: musterVersion(),
    commit: musterCommit(),
  };
}
