import exec from 'k6/execution';
import { Trend } from 'k6/metrics';
import { act } from './lib/actions.ts';
import { listen } from './lib/listener.ts';
import { buildOptions, LISTEN_LONGER_SECONDS, totalSeconds } from './lib/options.ts';
import { target, type ActionName } from './lib/target.ts';
import { users } from './lib/users.ts';

/**
 * A site on the day it is needed: everybody is connected, reads, writes and searches, and at the end an incident
 * channel comes alive. How hard is in `targets/`; whom and where, in a file that the step writes.
 */
export const options = buildOptions();

/** One user's open client for the whole time. */
export function listener(): void {
  const index = exec.scenario.iterationInInstance;
  const user = users[index % users.length];
  if (!user) exec.test.abort('there are no users to listen as');
  else
    listen(user, (index / target.connectionsPerSecond) * 1000, (totalSeconds + LISTEN_LONGER_SECONDS) * 1000);
}

/** How much later than planned an action begins. It is the load generator's own fault, never the site's. */
const lateness = new Trend('action_lateness', true);

export function action(): void {
  const { startTime, iterationInTest } = exec.scenario;
  const due = startTime + iterationInTest * Number(__ENV['EVERY_MS']);
  lateness.add(Math.max(0, Date.now() - due));
  act(__ENV['ACTION'] as ActionName, __ENV['PHASE'] ?? '');
}

/** The whole summary as JSON, for the step to read; nothing for people, who get the report. */
export function handleSummary(data: unknown): Record<string, string> {
  return { [__ENV['MUSTER_SUMMARY'] || '/dev/null']: JSON.stringify(data, undefined, 2) };
}
