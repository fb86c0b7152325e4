import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { keptObjects, type PlacedObject } from '../../../../lab/velero/kept-objects.ts';
import { packObjects } from '../../../../lab/velero/tarball.ts';
import { findVolume } from '../../../../src/steps/restore/volume/find-volume.ts';
import type { VolumeRecord } from '../../../../src/support/velero-volumes.ts';
import type { BackupSet } from '../../../../src/model/facts.ts';
import { minimalConfig } from '../../../config/minimal-config.ts';
import { openStepContext, type TestContext } from '../../../support/step-context.ts';
import { SITE } from '../../cluster/cluster-site.ts';

const AT = new Date('2026-11-22T12:00:00Z');
const BACKUP = 'daily-1';
const LABELS = { app: 'mattermost', 'pod-template-hash': '1' };
const RECORD: VolumeRecord = {
  pvcName: 'mattermost-files',
  pvcNamespace: 'mattermost',
  backupMethod: 'PodVolumeBackup',
  result: 'succeeded',
  pvbInfo: { Phase: 'Completed', podName: 'chat-1', volumeName: 'mattermost-data', size: 83_483 },
};

describe('findVolume', () => {
  let context: TestContext;
  afterEach(() => context[Symbol.asyncDispose]());

  /** A backup that Velero calls Completed, of a site with its files on a volume unless told. */
  async function openBackup(
    records: readonly VolumeRecord[],
    {
      phase = 'Running',
      fileStore = { claim: 'mattermost-files', storageClass: 'fast' } as typeof SITE.fileStore,
    } = {},
  ) {
    const site = { ...SITE, fileStore };
    const { backups } = minimalConfig();
    context = await openStepContext({ facts: { backups: { velero: { name: BACKUP } } as BackupSet } });
    const root = path.join(context.directory, 'bucket');
    Object.assign(context.config.backups, {
      ...backups,
      store: { kind: 'filesystem', root },
      velero: { prefix: '', namespace: 'mattermost' },
    });
    const folder = path.join(root, 'backups', BACKUP);
    await mkdir(folder, { recursive: true });
    const objects = [...keptObjects(site, AT), pod('chat-1', phase), pod('chat-2', phase)];
    await writeFile(path.join(folder, `${BACKUP}.tar.gz`), packObjects(objects, AT));
    await writeFile(path.join(folder, `${BACKUP}-volumeinfo.json.gz`), gzipSync(JSON.stringify(records)));
  }

  it('finds the claim of the site’s files, and the pod that it was saved through', async () => {
    await openBackup([RECORD]);
    const { claim, volume, pod: through, pods, labels, bytes } = await findVolume(context);
    expect({ claim, volume, labels, bytes }).toEqual({
      ...{ claim: 'mattermost-files', volume: 'mattermost-data', labels: LABELS, bytes: 83_483 },
    });
    expect(through.metadata.name).toBe('chat-1');
    expect(pods).toHaveLength(2);
  });

  it.each([
    ['that was never saved, though Velero says Completed', [], {}, /Velero was not told to save it/],
    [
      'whose pods were not running',
      [],
      { phase: 'Pending' },
      /its pod chat-1 was Pending and not running; its pod chat-2 was Pending/,
    ],
    [
      'of which there is a snapshot only',
      [{ ...RECORD, backupMethod: 'CSISnapshot', pvbInfo: {} }],
      {},
      /CSISnapshot/,
    ],
    ['that the site does not have', [RECORD], { fileStore: SITE.fileStore }, /names no volume for its files/],
  ])('rejects a volume %s', async (_what, records, options, message) => {
    await openBackup(records, options);
    await expect(findVolume(context)).rejects.toMatchObject({
      code: 'BACKUP_MISSING',
      message: expect.stringMatching(message),
    });
  });
});

function pod(name: string, phase: string): PlacedObject {
  const volumes = [{ name: 'mattermost-data', persistentVolumeClaim: { claimName: 'mattermost-files' } }];
  const metadata = { name, namespace: 'mattermost', labels: LABELS };
  return {
    resource: 'pods',
    object: { apiVersion: 'v1', kind: 'Pod', metadata, spec: { volumes }, status: { phase } },
  };
}
