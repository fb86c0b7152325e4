import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { verifyManifest } from '../../reporters/manifest.ts';
import { runLayout } from '../../src/model/layout.ts';
import { isRunning } from '../../src/support/processes.ts';
import { checksOf, runMuster } from './run-muster.ts';

it(
  'rehearses a recovery on the embedded lab, passes, and leaves nothing behind',
  { timeout: 1_200_000 },
  async () => {
    const { exitCode, output, runDir, events, labs } = await runMuster([
      'run',
      'quarterly',
      '--lab',
      '--operator',
      'CI',
      '--reason',
      'test',
    ]);
    const notPassed = [...checksOf(events).values()].filter(({ verdict }) => verdict !== 'passed');

    expect(notPassed).toEqual([]);
    expect(exitCode, output.slice(-3000)).toBe(0);
    expect(output).toMatch(/^Verdict +PASSED +\(a rehearsal: the stand-in application was under test/m);
    expect(output).toMatch(/^RTO +objective 4h, measured .+ until a first message sent and received$/m);
    expect(output).toMatch(/^RPO +objective 24h, measured .+ of messages lost$/m);
    expect(output).toMatch(/^Clean-up +nothing is left behind/m);
    for (const phase of ['preflight', 'restore', 'failover', 'verify', 'load'])
      expect(output).toMatch(new RegExp(`^${phase} +passed`, 'm'));

    const layout = runLayout(runDir);
    expect(existsSync(layout.report)).toBe(true);
    expect(await verifyManifest(runDir)).toMatchObject({ problems: [] });
    const launched = events.flatMap((event) => (event.type === 'process.started' ? [event] : []));
    expect(launched.length).toBeGreaterThan(2);
    expect(launched.filter(isRunning)).toEqual([]);
    expect(labs).toEqual([]);
  },
);
