import type { Client } from 'pg';
import type { Check } from '../../../model/check.ts';
import type { StepContext } from '../../../model/drill.ts';
import { DrillError } from '../../../model/errors.ts';
import type { RestoredDatabase } from '../../../model/facts.ts';
import { compareVersions } from '../../../support/tools.ts';
import { scanValues } from '../quarantine/places.ts';
import { collectProductionAddresses } from '../quarantine/production-addresses.ts';

/** The last gate: quarantine looked at what is stored, and this is what the process is told beside it. */
export function refuseProductionAddresses(
  ctx: StepContext,
  environment: Readonly<Record<string, string>>,
): void {
  const addresses = collectProductionAddresses(ctx.config, ctx.find('cluster'), []);
  const [found] = scanValues('environment', environment, addresses).findings;
  if (found === undefined) return;
  throw new DrillError(
    'PRODUCTION_ADDRESS_LEFT',
    `the site would be started with ${found.host} in its environment`,
    {
      details: { place: found.place },
      hint: 'It was not started. Look at identity.secondary and scratch.database, or take the host off site.production.hosts.',
    },
  );
}

/** Process ids of the sessions in the scratch database that are not ours. */
export async function readSessions(client: Client): Promise<readonly number[]> {
  const { rows } = await client.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend' AND application_name <> 'muster'`,
  );
  return rows.map(({ pid }) => pid);
}

export function judgeSessions(
  before: readonly number[],
  now: readonly number[],
  { host, port, name }: RestoredDatabase,
): Check {
  const opened = now.filter((pid) => !before.includes(pid)).length;
  const check = {
    id: 'application.dsn-is-scratch',
    claim: 'The site works on the scratch database, seen from that database',
    expected: `sessions in ${name} at ${host}:${port} that were not there before it was started`,
  };
  if (opened > 0) return { ...check, verdict: 'passed', seen: `${opened} new sessions` };
  return {
    ...check,
    verdict: 'missed',
    seen: 'none: it is healthy on some other database',
    code: 'NOT_ON_SCRATCH',
    hint: 'It was ended at once. Find out which database the application dials: it may be production’s.',
  };
}

export function judgeVersion(started: string, backedUp: string): Check {
  const check = {
    id: 'application.version',
    claim: 'The server that was started is no older than the one that was backed up',
    expected: backedUp === '' ? 'a version in the Velero backup' : `${backedUp} or newer`,
    seen: started === '' ? 'the server does not tell its version' : started,
  };
  if (started === '' || !/^\d/.test(backedUp)) {
    return { ...check, verdict: 'unverified', code: 'VERSION_UNKNOWN' };
  }
  if (compareVersions(started, backedUp) >= 0) return { ...check, verdict: 'passed' };
  return {
    ...check,
    verdict: 'missed',
    code: 'SERVER_TOO_OLD',
    hint: 'Set application.archive to the release that production runs, or a newer one.',
  };
}
