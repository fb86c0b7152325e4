import { expect, it } from 'vitest';
import { stopped } from './support/stopped.ts';
import { begin, expectRefusal, type Attempt } from './support/attempt.ts';
import { behindGate, holdInRestore } from './support/behind-gate.ts';
import { processStarted, progress, stepStarted } from './support/events.ts';
import { openGate } from './support/gate.ts';
import type { LabSite } from './support/lab-site.ts';

const STOPPED = {
  code: 'INTERRUPTED',
  says: ['was interrupted', 'stopping, then undoing what was done'],
} as const;

/** One of them has done its work, and the next is at it. */
const browsersAtWork = progress('1/8 ');

/** Ctrl-C, SIGTERM and `kill -9`, in every phase: nothing may be left, now or after `muster undo`. */
export function interruptionCases(site: () => LabSite): void {
  it('undoes everything on Ctrl-C in preflight', async () => {
    await using gate = await openGate(site().s3.endpoint);
    const attempt = await begin(site(), {
      drill: 'database-only',
      config: behindGate(site().newConfig(), gate),
    });
    await attempt.sees(stepStarted('backups-are-fresh'));
    gate.hold();
    await attempt.sees(progress('looking for backups'));
    attempt.child.kill('SIGINT');
    await expectRefusal(attempt, STOPPED);
  });

  it('undoes everything on SIGTERM in the restore', async () => {
    await using gate = await openGate(site().s3.endpoint);
    const attempt = await beginRecovery(site(), behindGate(site().newConfig(), gate));
    await holdInRestore(attempt, gate);
    attempt.child.kill('SIGTERM');
    await expectRefusal(attempt, STOPPED);
  });

  it('undoes everything on Ctrl-C while the name is switched', async () => {
    const attempt = await beginRecovery(site());
    await attempt.sees(stepStarted('switch-dns'));
    attempt.child.kill('SIGINT');
    await expectRefusal(attempt, STOPPED);
  });

  it('undoes everything on SIGTERM while browsers are at work', async () => {
    const attempt = await beginRecovery(site());
    await attempt.sees(browsersAtWork);
    attempt.child.kill('SIGTERM');
    await expectRefusal(attempt, STOPPED);
  });

  it('leaves to `muster undo` what `kill -9` left in the restore', async () => {
    await using gate = await openGate(site().s3.endpoint);
    const attempt = await beginRecovery(site(), behindGate(site().newConfig(), gate));
    await holdInRestore(attempt, gate);
    await stopped(attempt);
    gate.release();
    await expectUndone(attempt);
  });

  it('leaves to `muster undo` what `kill -9` left while browsers were at work', async () => {
    const attempt = await beginRecovery(site());
    await attempt.sees(browsersAtWork);
    await stopped(attempt);
    await expectUndone(attempt);
  });

  it('goes on after `kill -9` where the scratch still runs, and undoes everything on Ctrl-C under load', async () => {
    const killed = await beginRecovery(site());
    await killed.sees(browsersAtWork);
    await stopped(killed);
    const resumed = killed.go('run', '--resume', 'last');
    await resumed.sees(processStarted('load generator'));
    resumed.child.kill('SIGINT');
    await expectRefusal(resumed, STOPPED);
    const restores = resumed.journal().filter(stepStarted('restore-database'));
    expect(restores).toHaveLength(1);
  });
}

function beginRecovery(site: LabSite, config = site.newConfig()): Promise<Attempt> {
  const { members } = config;
  return begin(site, {
    drill: 'recovery',
    config: { ...config, members: members.slice(0, 2) },
    args: ['--confirm', 'chat.drill.test'],
  });
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
