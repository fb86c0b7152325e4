import { stopProcess } from '../src/support/processes.ts';
import { saveState, type LabState } from './state.ts';

/** Ends the primary site, once. Resolves to the moment from which it was gone. */
export async function declareOutage(state: LabState): Promise<Date> {
  if (state.outageAt !== null) return new Date(state.outageAt);
  const primary = state.processes.filter((process) => process.primary).toReversed();
  // An outage is no clean shutdown: nothing gets to say goodbye, and the canary writer is not told.
  await Promise.all(primary.map((process) => stopProcess(process, { signal: 'SIGKILL' })));
  state.outageAt = new Date().toISOString();
  saveState(state);
  return new Date(state.outageAt);
}
