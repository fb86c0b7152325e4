import { openApi } from '../../../../lab/kubernetes/api.ts';
import { API_PORT, API_SERVICE, BRIDGE } from '../../../../lab/kubernetes/addresses.ts';
import { PAUSE_IMAGE } from '../../../../lab/kubernetes/node.ts';
import { VELERO_API, VELERO_NAMESPACE } from '../../../../lab/kubernetes/velero.ts';
import type { KubernetesObject } from '../../../../src/support/velero-tarball.ts';
import { seconds } from '../../../../src/model/duration.ts';
import { waitFor } from '../../../../src/support/wait-for.ts';

/**
 * What pods of a cluster reach, and what Velero makes of them, as one line of JSON: `nsenter --net=… node
 * probe-cluster.ts KUBECONFIG`.
 */
const api = openApi({ kubeconfig: process.argv[2] ?? '' });

const denied = { podSelector: {}, policyTypes: ['Egress'] };
const allowed = {
  ...denied,
  egress: [{ to: [{ ipBlock: { cidr: `${BRIDGE.node}/32` } }], ports: [{ port: API_PORT }] }],
};
await makeNamespace('open');
await makeNamespace('sealed', denied);
await makeNamespace('allowed', denied, allowed);

const probes = {
  node: await probe('open', BRIDGE.node, API_PORT),
  service: await probe('open', API_SERVICE, 443),
  sealed: await probe('sealed', BRIDGE.node, API_PORT),
  sealedService: await probe('sealed', API_SERVICE, 443),
  allowed: await probe('allowed', BRIDGE.node, API_PORT),
};
console.log(JSON.stringify({ probes, stays: await leavePod('open'), backup: await backUp('open') }));

async function makeNamespace(name: string, ...policies: object[]): Promise<void> {
  await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  for (const [index, spec] of policies.entries())
    await api.apply({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: `policy-${index}`, namespace: name },
      spec,
    });
}

/** Whether a pod of this namespace gets through: it says so by how it ends. */
async function probe(namespace: string, address: string, port: number): Promise<boolean> {
  const name = `probe-${address.replaceAll('.', '-')}`;
  const command = ['/bin/busybox', 'sh', '-c', `/bin/busybox nc -w 2 ${address} ${port} < /dev/null`];
  await startPod(namespace, name, { command });
  return (await statusOf('v1', 'Pod', name, namespace, ['Succeeded', 'Failed'])) === 'Succeeded';
}

/** One that runs until it is ended. */
async function leavePod(namespace: string): Promise<string> {
  await startPod(namespace, 'stays');
  return statusOf('v1', 'Pod', 'stays', namespace, ['Running']);
}

async function startPod(namespace: string, name: string, more: object = {}): Promise<void> {
  const container = { name: 'probe', image: PAUSE_IMAGE, imagePullPolicy: 'Never', ...more };
  await api.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 0, containers: [container] },
  });
}

async function backUp(namespace: string): Promise<string> {
  const name = `of-${namespace}`;
  await api.apply({
    apiVersion: VELERO_API,
    kind: 'Backup',
    metadata: { name, namespace: VELERO_NAMESPACE },
    spec: { includedNamespaces: [namespace], storageLocation: 'default', snapshotVolumes: false },
  });
  const ends = ['Completed', 'PartiallyFailed', 'Failed', 'FailedValidation'];
  return statusOf(VELERO_API, 'Backup', name, VELERO_NAMESPACE, ends);
}

async function statusOf(
  ...[apiVersion, kind, name, namespace, ends]: [string, string, string, string, readonly string[]]
): Promise<string> {
  const phaseOf = (object: KubernetesObject | undefined) =>
    (object?.['status'] as { phase?: string } | undefined)?.phase ?? '';
  let phase = '';
  await waitFor(
    async () => {
      phase = phaseOf(await api.find(apiVersion, kind, name, namespace));
      return ends.includes(phase) ? true : undefined;
    },
    { timeout: seconds(60), interval: 300 },
  );
  return phase;
}
