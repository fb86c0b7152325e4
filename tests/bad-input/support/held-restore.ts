import { expect } from 'vitest';
import { seconds } from '../../../src/model/duration.ts';
import { waitFor } from '../../../src/support/wait-for.ts';
import type { Attempt } from './attempt.ts';
import type { ClusterSite } from './cluster-site.ts';
import { stepStarted } from './events.ts';

/**
 * Takes a drill to where it has told Velero what to restore, with Velero standing still: it goes on when what this
 * resolves to is disposed of.
 */
export async function holdBeforeRestore(attempt: Attempt, site: ClusterSite): Promise<Disposable> {
  // It is asked for an answer before that.
  await attempt.sees(stepStarted('seal-scratch'));
  const velero = site.freeze("recovery cluster's velero");
  try {
    await untilRestoreIs(site, '');
    return velero;
  } catch (error) {
    velero[Symbol.dispose]();
    throw error;
  }
}

/** The same in the middle of a restore: Velero has begun, and the bucket does not answer it. */
export async function holdInRestore(attempt: Attempt, site: ClusterSite): Promise<Disposable> {
  using _velero = await holdBeforeRestore(attempt, site);
  const store = site.freeze('S3 server (SeaweedFS)');
  try {
    _velero[Symbol.dispose]();
    await untilRestoreIs(site, 'InProgress');
    return store;
  } catch (error) {
    store[Symbol.dispose]();
    throw error;
  }
}

async function untilRestoreIs({ inside }: ClusterSite, wanted: string): Promise<void> {
  const seen = await waitFor(
    async () => {
      const [restore] = await inside.list({
        apiVersion: 'velero.io/v1',
        kind: 'Restore',
        namespace: 'velero',
      });
      const { phase = '' } = (restore?.['status'] ?? {}) as { phase?: string };
      return (restore !== undefined && phase === wanted) || undefined;
    },
    { timeout: seconds(60), interval: 50 },
  );
  expect(seen, `the Restore is ${wanted || 'there'}`).toBe(true);
}
