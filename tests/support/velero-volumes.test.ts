import { describe, expect, it } from 'vitest';
import { describeClaims, type VolumeRecord } from '../../src/support/velero-volumes.ts';
import type { KubernetesObject } from '../../src/support/velero-tarball.ts';

const namespace = 'mattermost';
const CLAIM: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'mattermost-files', namespace },
};
const SITE: KubernetesObject = {
  apiVersion: 'installation.mattermost.com/v1beta1',
  kind: 'Mattermost',
  metadata: { name: 'chat', namespace },
  spec: { fileStore: { externalVolume: { volumeClaimName: 'mattermost-files' } } },
};
/** As Velero 1.18 writes it. */
const RECORD: VolumeRecord = {
  pvcName: 'mattermost-files',
  pvcNamespace: namespace,
  backupMethod: 'PodVolumeBackup',
  skipped: false,
  startTimestamp: '2026-11-22T12:03:11Z',
  result: 'succeeded',
  pvbInfo: { Phase: 'Completed', podName: 'chat-1', volumeName: 'mattermost-data', size: 83_483 },
};

function pod(phase: string): KubernetesObject {
  const volumes = [
    { name: 'mattermost-data', persistentVolumeClaim: { claimName: 'mattermost-files' } },
    { name: 'authority', configMap: { name: 'authority' } },
  ];
  return {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'chat-1', namespace } },
    ...{ spec: { volumes }, status: { phase } },
  };
}

describe('describeClaims', () => {
  it('tells how a claim was saved, through which pod, and that it is the file store', () => {
    expect(describeClaims([SITE, CLAIM, pod('Running')], [RECORD])).toEqual([
      {
        ...{ namespace, claim: 'mattermost-files', isFileStore: true, why: '' },
        saved: {
          method: 'PodVolumeBackup',
          pod: { name: 'chat-1', volume: 'mattermost-data' },
          startedAt: '2026-11-22T12:03:11Z',
          bytes: 83_483,
        },
      },
    ]);
  });

  it('takes a snapshot for saved, by a Velero that does not tell results too', () => {
    const { result: _result, pvbInfo: _pvbInfo, ...record } = RECORD;
    const [volume] = describeClaims([CLAIM], [{ ...record, backupMethod: 'CSISnapshot' }]);
    expect(volume).toMatchObject({ saved: { method: 'CSISnapshot', pod: null }, why: '' });
  });

  it.each<[what: string, objects: KubernetesObject[], records: VolumeRecord[], why: RegExp]>([
    ['whose pod was not running', [pod('Pending')], [], /^its pod chat-1 was Pending and not running$/],
    ['that no pod mounted', [], [], /^no pod mounted it$/],
    ['that Velero was not told to save', [pod('Running')], [], /^Velero was not told to save it$/],
    [
      'that Velero skipped',
      [pod('Running')],
      [{ ...RECORD, skipped: true, skippedReason: 'opted out by policy', pvbInfo: {} }],
      /^opted out by policy$/,
    ],
    [
      'whose file-system backup failed',
      [pod('Running')],
      [{ ...RECORD, result: 'failed', pvbInfo: { ...RECORD.pvbInfo, Phase: 'Failed' } }],
      /^Failed$/,
    ],
    [
      'whose name is that of another namespace’s',
      [pod('Running')],
      [{ ...RECORD, pvcNamespace: 'elsewhere' }],
      /^Velero was not told to save it$/,
    ],
  ])('calls a claim %s not saved, and says why', (_what, objects, records, why) => {
    const [volume] = describeClaims([CLAIM, ...objects], records);
    expect(volume?.saved).toBeUndefined();
    expect(volume?.why).toMatch(why);
  });
});
