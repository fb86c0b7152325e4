import { describe, expect, it } from 'vitest';
import { harmlessPod } from '../../../../src/steps/restore/volume/harmless-pods.ts';
import type { KubernetesObject } from '../../../../src/support/velero-tarball.ts';

const POD: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'chat-1',
    namespace: 'mattermost',
    labels: { app: 'mattermost' },
    annotations: { 'sidecar.istio.io/inject': 'true' },
  },
  spec: {
    serviceAccountName: 'chat',
    serviceAccount: 'chat',
    nodeSelector: { disk: 'fast' },
    hostNetwork: true,
    securityContext: { runAsUser: 2000, fsGroup: 2000 },
    initContainers: [{ name: 'wait-for-database', image: 'postgres:15' }],
    containers: [
      { name: 'mattermost', image: 'mattermost:11', securityContext: { runAsNonRoot: true } },
      { name: 'exporter', image: 'exporter:1' },
    ],
    volumes: [
      { name: 'mattermost-data', persistentVolumeClaim: { claimName: 'mattermost-files' } },
      { name: 'licence', secret: { secretName: 'mm-licence' } },
      { name: 'cache', emptyDir: {} },
      { name: 'kube-api-access-x', projected: {} },
    ],
  },
};
const OURS = { image: 'busybox', labels: { 'muster/run': 'one' }, script: 'find .' };

describe('harmlessPod', () => {
  const patch = harmlessPod(POD, { ...OURS, volume: 'mattermost-data' }) as {
    metadata: object;
    spec: Record<string, unknown>;
  };

  it('runs our script on the volume, read-only, in place of all that the pod ran', () => {
    expect(patch.spec['containers']).toEqual([
      { $patch: 'replace' },
      {
        name: 'files',
        image: 'busybox',
        imagePullPolicy: 'IfNotPresent',
        command: ['sh', '-c', 'find .'],
        workingDir: '/files',
        volumeMounts: [{ name: 'mattermost-data', mountPath: '/files', readOnly: true }],
        securityContext: { runAsNonRoot: true },
      },
    ]);
    expect(patch.spec['restartPolicy']).toBe('Never');
  });

  it('takes its first containers away by name, as Velero’s own must stay', () => {
    expect(patch.spec['initContainers']).toEqual([{ name: 'wait-for-database', $patch: 'delete' }]);
  });

  it('leaves no secret, no token and no account of production', () => {
    expect(patch.spec['volumes']).toEqual([
      { name: 'licence', $patch: 'delete' },
      { name: 'kube-api-access-x', $patch: 'delete' },
    ]);
    expect(patch.spec).toMatchObject({
      serviceAccountName: 'default',
      serviceAccount: null,
      automountServiceAccountToken: false,
    });
  });

  it('is found by nothing that looks for pods of the site, and runs where this cluster can', () => {
    expect(patch.metadata).toEqual({
      labels: { $patch: 'replace', 'muster/run': 'one' },
      annotations: null,
      finalizers: null,
    });
    expect(patch.spec).toMatchObject({ nodeSelector: null, hostNetwork: null });
  });

  it('wants nothing of a sibling: neither its volumes nor our script', () => {
    const { spec } = harmlessPod(POD, { ...OURS, volume: undefined }) as { spec: Record<string, unknown> };
    expect(spec['containers']).toMatchObject([{ $patch: 'replace' }, { command: ['sh', '-c', 'true'] }]);
    expect(spec['volumes']).toContainEqual({ name: 'mattermost-data', $patch: 'delete' });
  });
});
