import { expect, it } from 'vitest';
import { seconds } from '../../src/model/duration.ts';
import { waitFor } from '../../src/support/wait-for.ts';
import { begin, expectRefusal } from './support/attempt.ts';
import type { ClusterSite } from './support/cluster-site.ts';

const VELERO = { apiVersion: 'velero.io/v1', namespace: 'velero' };

/** What is found before anything is made in the cluster. */
export function clusterPreflightCases(site: () => ClusterSite): void {
  it('says so when Velero has stopped answering, and shows that it waits', async () => {
    using _velero = site().freeze("recovery cluster's velero");
    const attempt = await begin(site(), { drill: 'objects-only', config: site().newConfig() });
    await expectRefusal(attempt, {
      code: 'CLUSTER_NOT_READY',
      says: [
        /Waiting for the answer of Velero/,
        /Velero in namespace "velero" did not answer within 20 s/,
        /hint: Look at its pods and their log/,
      ],
    });
  });

  it('says so when Velero is not let into its bucket', async () => {
    const { inside } = site();
    const ref = { apiVersion: 'v1', kind: 'Secret', name: 'cloud-credentials', namespace: 'velero' };
    const { cloud = '' } = ((await inside.read(ref))?.['data'] ?? {}) as { cloud?: string };
    const keys = Buffer.from(cloud, 'base64').toString();
    const wrong = keys.replace(/(aws_secret_access_key=).*/, '$1not-the-secret-access-key');
    await inside.patch(ref, { data: { cloud: Buffer.from(wrong).toString('base64') } });
    try {
      await untilLocationIs(site(), 'Unavailable');
      const attempt = await begin(site(), { drill: 'objects-only', config: site().newConfig() });
      const { output } = await expectRefusal(attempt, {
        code: 'CLUSTER_NOT_READY',
        says: [
          /Velero reaches no storage location/,
          /default is Unavailable: .*SignatureDoesNotMatch/s,
          /hint: .*Wrong credentials/,
        ],
      });
      expect(output).not.toContain('not-the-secret-access-key');
    } finally {
      await inside.patch(ref, { data: { cloud } });
      await untilLocationIs(site(), 'Available');
    }
  });

  it('leaves a namespace of somebody else alone', async () => {
    const { inside } = site();
    const name = 'mattermost-drill';
    const ref = { apiVersion: 'v1', kind: 'Namespace', name };
    await inside.create({ ...ref, metadata: { name } });
    try {
      const attempt = await begin(site(), { drill: 'objects-only', config: site().newConfig() });
      await expectRefusal(attempt, {
        code: 'SCRATCH_NOT_EMPTY',
        says: [
          /namespace mattermost-drill is there already/,
          /No run of Muster has made it, and none deletes it/,
        ],
      });
      expect(await inside.read(ref)).toBeDefined();
    } finally {
      await inside.remove(ref);
      await waitFor(async () => (await inside.read(ref)) === undefined || undefined, {
        timeout: seconds(60),
      });
    }
  });
}

/** It is looked at every ten seconds. */
async function untilLocationIs({ inside }: ClusterSite, phase: string): Promise<void> {
  const seen = await waitFor(
    async () => {
      const location = await inside.read({ ...VELERO, kind: 'BackupStorageLocation', name: 'default' });
      return (location?.['status'] as { phase?: string } | undefined)?.phase === phase || undefined;
    },
    { timeout: seconds(60), interval: 250 },
  );
  expect(seen, `the storage location is ${phase}`).toBe(true);
}
