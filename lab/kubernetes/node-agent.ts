import { seconds } from '../../src/model/duration.ts';
import { DrillError } from '../../src/model/errors.ts';
import { requireTool } from '../../src/support/tools.ts';
import type { KubernetesObject } from '../../src/support/velero-tarball.ts';
import { waitFor } from '../../src/support/wait-for.ts';
import type { ClusterApi } from './api.ts';
import { writeImage } from './image.ts';
import { VELERO_IMAGE, VELERO_NAMESPACE } from './velero.ts';

/** What reads and writes volumes for Velero on each node, and waits in pods that are restored until theirs are full. */
export async function writeVeleroImage(file: string): Promise<void> {
  await writeImage(file, {
    reference: VELERO_IMAGE,
    files: [
      { from: await requireTool('velero'), to: '/velero' },
      { from: await requireTool('velero-restore-helper'), to: '/velero-restore-helper' },
    ],
    entrypoint: ['/velero'],
  });
}

const NAME = 'node-agent';
const PATIENCE = seconds(60);

/** Velero's node agent as `velero install --use-node-agent` makes it, but for a home, as the image has none. */
export function nodeAgentObjects(): KubernetesObject[] {
  const account = { name: 'velero', namespace: VELERO_NAMESPACE };
  const fieldRef = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } });
  const container = {
    name: NAME,
    image: VELERO_IMAGE,
    imagePullPolicy: 'Never',
    command: ['/velero'],
    args: [NAME, 'server'],
    env: [
      { name: 'NODE_NAME', ...fieldRef('spec.nodeName') },
      { name: 'VELERO_NAMESPACE', ...fieldRef('metadata.namespace') },
      { name: 'VELERO_SCRATCH_DIR', value: '/scratch' },
      { name: 'HOME', value: '/scratch' },
    ],
    volumeMounts: [
      { name: 'host-pods', mountPath: '/host_pods', mountPropagation: 'HostToContainer' },
      { name: 'scratch', mountPath: '/scratch' },
    ],
  };
  const pod = {
    serviceAccountName: account.name,
    securityContext: { runAsUser: 0 },
    containers: [container],
    volumes: [
      { name: 'host-pods', hostPath: { path: '/var/lib/kubelet/pods' } },
      { name: 'scratch', emptyDir: {} },
    ],
  };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'velero' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    },
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: NAME, namespace: VELERO_NAMESPACE },
      spec: {
        selector: { matchLabels: { name: NAME } },
        template: { metadata: { labels: { name: NAME, role: NAME } }, spec: pod },
      },
    },
  ];
}

/** Resolves when the node has its agent: until then, Velero leaves volumes out. Rejects with LAB_FAILED. */
export async function waitForNodeAgent(api: ClusterApi, signal: AbortSignal): Promise<void> {
  const ready = await waitFor(
    async () => {
      const found = await api.find('apps/v1', 'DaemonSet', NAME, VELERO_NAMESPACE);
      const { numberReady = 0 } = (found?.['status'] ?? {}) as { numberReady?: number };
      return numberReady > 0 || undefined;
    },
    { timeout: PATIENCE, interval: 250, signal },
  );
  if (!ready) throw new DrillError('LAB_FAILED', "Velero's node agent does not run within 60s");
}
