import { expect, it } from 'vitest';
import { ADDRESSES } from '../../lab/underway.ts';
import { PHASES, type Phase } from '../../src/model/drill.ts';
import { isPortFree } from '../../src/support/ports.ts';
import { begin, expectRefusal, type Attempt } from './support/attempt.ts';
import { behindGate, holdInRestore } from './support/behind-gate.ts';
import { checkMade, processStarted, progress, stepStarted } from './support/events.ts';
import { openGate, type Gate } from './support/gate.ts';
import type { LabSite } from './support/lab-site.ts';
import { stopped } from './support/stopped.ts';

const SIGNALS = { 'Ctrl-C': 'SIGINT', SIGTERM: 'SIGTERM' } as const;

/** One browser check has been made, and the next is at work. */
const browsersAtWork = checkMade('login.');

/** Starts a drill and takes it into the middle of a phase. */
type Enter = (site: LabSite, gate: Gate) => Promise<Attempt>;

const enter: Readonly<Record<Phase, Enter>> = {
  async preflight(site, gate) {
    const attempt = await beginDrill(site, gate);
    await attempt.sees(stepStarted('backups-are-fresh'));
    gate.hold();
    await attempt.sees(progress('looking for backups'));
    return attempt;
  },
  async restore(site, gate) {
    const attempt = await beginDrill(site, gate);
    await holdInRestore(attempt, gate);
    return attempt;
  },
  async failover(site, gate) {
    const attempt = await beginDrill(site, gate, 'straight-to-load');
    await attempt.sees(progress('at the authority'));
    expect(await attempt.leftovers()).toContain(`chat.drill.test at ${ADDRESSES.scratch}`);
    return attempt;
  },
  async verify(site, gate) {
    const attempt = await beginDrill(site, gate);
    await attempt.sees(browsersAtWork);
    return attempt;
  },
  async load(site, gate) {
    const attempt = await beginDrill(site, gate, 'straight-to-load');
    await attempt.sees(processStarted('load generator'));
    return attempt;
  },
};

/** Ctrl-C and SIGTERM in every phase, and `kill -9`: nothing may be left, now or after `muster undo`. */
export function interruptionCases(site: () => LabSite): void {
  for (const phase of PHASES) {
    for (const [name, signal] of Object.entries(SIGNALS)) {
      it(`undoes everything on ${name} in ${phase}`, async () => {
        await using gate = await openGate(site().s3.endpoint);
        const attempt = await enter[phase](site(), gate);
        attempt.child.kill(signal);
        await expectStopped(attempt, site());
      });
    }
  }

  for (const phase of ['restore', 'verify'] as const) {
    it(`leaves to \`muster undo\` what \`kill -9\` left in ${phase}`, async () => {
      await using gate = await openGate(site().s3.endpoint);
      const attempt = await enter[phase](site(), gate);
      await stopped(attempt);
      gate.release();
      await expectUndone(attempt);
    });
  }

  for (const phase of ['failover', 'verify'] as const) {
    it(`goes on after \`kill -9\` in ${phase} where the restored site still runs, and undoes everything on Ctrl-C`, async () => {
      await using gate = await openGate(site().s3.endpoint);
      const killed = await enter[phase](site(), gate);
      await stopped(killed);
      const resumed = killed.go('run', '--resume', 'last');
      await resumed.sees(processStarted('load generator'));
      resumed.child.kill('SIGINT');
      await expectStopped(resumed, site());
      const restores = resumed.journal().filter(stepStarted('restore-database'));
      expect(restores).toHaveLength(1);
    });
  }
}

async function beginDrill(site: LabSite, gate: Gate, drill = 'recovery'): Promise<Attempt> {
  const config = behindGate(site.newConfig(), gate);
  return begin(site, {
    drill,
    config: { ...config, members: config.members.slice(0, 2) },
    args: ['--confirm', 'chat.drill.test'],
  });
}

/** The drill blames nothing else, ends with the exit code for it, and leaves nothing: no port either. */
async function expectStopped(attempt: Attempt, site: LabSite): Promise<void> {
  const { output } = await expectRefusal(attempt, {
    code: 'INTERRUPTED',
    exitCode: 130,
    says: ['was interrupted', 'stopping, then undoing what was done'],
  });
  const [, findings = ''] = output.split('\nFindings\n');
  expect(findings.match(/^ +✗ .*/gm)).toEqual([expect.stringMatching(/" was interrupted \[INTERRUPTED\]$/)]);
  const { address = '', port = 0 } = site.wholeConfig().scratch;
  expect(await isPortFree(port, address)).toBe(true);
}

/** Something was left, `muster undo` takes it away, and doing it again does no harm. */
async function expectUndone(attempt: Attempt): Promise<void> {
  expect(await attempt.leftovers()).toContain(attempt.scratch);
  const undone = await attempt.muster('undo', 'last');
  expect(undone.output).toContain('nothing is left behind');
  expect(undone.exitCode, undone.output).toBe(0);
  expect(await attempt.leftovers()).toEqual([]);
  const again = await attempt.muster('undo', 'last');
  expect(again.exitCode, again.output).toBe(0);
  expect(await attempt.leftovers()).toEqual([]);
}
