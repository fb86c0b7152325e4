import path from 'node:path';
import { expect, it } from 'vitest';
import { begin, expectRefusal } from './support/attempt.ts';
import type { ClusterSite } from './support/cluster-site.ts';
import { progress, undoStarted } from './support/events.ts';
import { holdBeforeRestore, holdInRestore } from './support/held-restore.ts';
import { stopped } from './support/stopped.ts';

const INTERRUPTED = {
  code: 'INTERRUPTED',
  exitCode: 130,
  says: ['stopping, then undoing what was done', 'nothing is left behind'],
};

/** Ctrl-C, `kill -9` and an API server that is gone, in the middle of Velero's restore. */
export function clusterInterruptionCases(site: () => ClusterSite): void {
  it('takes its Restore away on Ctrl-C before Velero has begun', async () => {
    const attempt = await begin(site(), { drill: 'objects-only', config: site().newConfig() });
    using _velero = await holdBeforeRestore(attempt, site());
    attempt.child.kill('SIGINT');
    await expectRefusal(attempt, INTERRUPTED);
  });

  it('waits on Ctrl-C until Velero has let go of the Restore, and says so', async () => {
    const attempt = await begin(site(), { drill: 'objects-only', config: site().newConfig() });
    using store = await holdInRestore(attempt, site());
    attempt.child.kill('SIGINT');
    await attempt.sees(undoStarted('restore-cluster'));
    await attempt.sees(progress('Waiting until Velero has let go of the Restore'));
    store[Symbol.dispose]();
    await expectRefusal(attempt, INTERRUPTED);
  });

  it('leaves to `muster undo` what `kill -9` left in the middle of the restore', async () => {
    const attempt = await begin(site(), { drill: 'objects-only', config: site().newConfig() });
    using store = await holdInRestore(attempt, site());
    await stopped(attempt);
    store[Symbol.dispose]();
    expect(await attempt.leftovers()).toEqual(
      expect.arrayContaining([
        'v1/Namespace mattermost-drill',
        expect.stringMatching(/^velero\.io\/v1\/Restore velero\/muster-/),
        'mattermost-operator with 0 replicas, held at 1',
      ]),
    );
    const undone = await attempt.muster('undo', 'last');
    expect(undone.output).toContain('nothing is left behind');
    expect(undone.exitCode).toBe(0);
    expect(await attempt.leftovers()).toEqual([]);
  });

  it('says what is left when the API server goes in the middle, and undoes it once that is back', async () => {
    const kubeconfig = path.join(site().directory, 'gated.kubeconfig');
    await site().writeKubeconfig(kubeconfig, await site().inside.openGate());
    const attempt = await begin(site(), { drill: 'objects-only', config: site().newConfig({ kubeconfig }) });
    using velero = await holdBeforeRestore(attempt, site());
    await site().inside.closeGate();
    const { exitCode, output } = await attempt.ending;
    velero[Symbol.dispose]();
    expect(output).toMatch(/the API server https:\/\/\S+ cannot be reached \[CLUSTER_UNREACHABLE\]/);
    expect(output).toContain('kubernetes Namespace mattermost-drill');
    expect(output).toContain('muster undo');
    expect(exitCode, output).toBe(90);
    await site().writeKubeconfig(kubeconfig);
    const undone = await attempt.muster('undo', 'last');
    expect(undone.exitCode, undone.output).toBe(0);
    expect(await attempt.leftovers()).toEqual([]);
  });
}
