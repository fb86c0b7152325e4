import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { httpsGet } from '../../src/support/https-get.ts';
import { API_PORT, BRIDGE, SERVICE_RANGE } from './addresses.ts';
import type { ClusterCredentials } from './credentials.ts';
import type { Members } from './members.ts';

const ETCD = 'http://127.0.0.1:2379';

export interface ControlPlaneOptions {
  readonly directory: string;
  readonly credentials: ClusterCredentials;
}

/** etcd, API server, controllers and scheduler, at the addresses that every lab has. */
export async function startControlPlane(
  members: Members,
  { directory, credentials }: ControlPlaneOptions,
): Promise<void> {
  await members.start('etcd', { args: etcdArguments(path.join(directory, 'etcd')) });
  const ca = await readFile(credentials.caFile);
  await members.start('kube-apiserver', {
    args: apiServerArguments(credentials),
    async ready() {
      const { status } = await httpsGet(`https://${BRIDGE.node}:${API_PORT}/readyz`, { ca });
      return status === 200 ? true : undefined;
    },
  });
  const client = [`--kubeconfig=${credentials.kubeconfigs.admin}`, '--bind-address=127.0.0.1'];
  await members.start('kube-controller-manager', {
    args: [
      ...client,
      '--leader-elect=false',
      '--use-service-account-credentials=false',
      `--service-account-private-key-file=${credentials.serviceAccounts.privateFile}`,
      `--root-ca-file=${credentials.caFile}`,
    ],
  });
  await members.start('kube-scheduler', { args: [...client, '--leader-elect=false'] });
}

function etcdArguments(directory: string): string[] {
  const peer = 'http://127.0.0.1:2380';
  return [
    ...['--name=lab', `--data-dir=${directory}`],
    ...[`--listen-client-urls=${ETCD}`, `--advertise-client-urls=${ETCD}`],
    ...[`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`],
    `--initial-cluster=lab=${peer}`,
  ];
}

function apiServerArguments(credentials: ClusterCredentials): string[] {
  const { apiServer, kubeletClient, serviceAccounts } = credentials;
  return [
    ...[`--etcd-servers=${ETCD}`, `--secure-port=${API_PORT}`],
    ...[`--bind-address=${BRIDGE.node}`, `--advertise-address=${BRIDGE.node}`],
    ...[`--tls-cert-file=${apiServer.certFile}`, `--tls-private-key-file=${apiServer.keyFile}`],
    ...[`--client-ca-file=${credentials.caFile}`, `--token-auth-file=${credentials.tokenFile}`],
    `--kubelet-client-certificate=${kubeletClient.certFile}`,
    `--kubelet-client-key=${kubeletClient.keyFile}`,
    `--kubelet-certificate-authority=${credentials.caFile}`,
    '--kubelet-preferred-address-types=InternalIP',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${serviceAccounts.publicFile}`,
    `--service-account-signing-key-file=${serviceAccounts.privateFile}`,
    `--service-cluster-ip-range=${SERVICE_RANGE}`,
    '--authorization-mode=Node,RBAC',
    // Velero's node agent mounts what the pods of the node have mounted.
    '--allow-privileged=true',
  ];
}
