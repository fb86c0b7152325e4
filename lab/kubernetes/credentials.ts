import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createCertificateAuthority, issueCertificate, type KeyPair } from '../tls.ts';
import { drawSecret } from '../underway.ts';
import { API_PORT, API_SERVICE, BRIDGE } from './addresses.ts';

export interface ClusterCredentials {
  readonly caFile: string;
  readonly apiServer: KeyPair;
  /** What the API server shows the kubelet. */
  readonly kubeletClient: KeyPair;
  readonly kubelet: KeyPair;
  readonly serviceAccounts: { readonly publicFile: string; readonly privateFile: string };
  /** Bearer tokens that the API server knows (`--token-auth-file`). */
  readonly tokenFile: string;
  /** Each a kubeconfig, of somebody who may do everything, and of the node. */
  readonly kubeconfigs: { readonly admin: string; readonly node: string };
  /** Writes another, of somebody whom the API server knows by this token. */
  writeKubeconfig(user: string, token: string): Promise<string>;
}

/** Keys, certificates, tokens and kubeconfigs of a cluster of one node, in this folder. */
export async function makeCredentials(directory: string, nodeName: string): Promise<ClusterCredentials> {
  const authority = await createCertificateAuthority(directory);
  const service = 'kubernetes.default.svc';
  const [apiServer, kubelet, kubeletClient] = await Promise.all([
    issueCertificate(authority, {
      file: 'kube-apiserver',
      names: ['kubernetes', 'kubernetes.default', service, `${service}.cluster.local`],
      addresses: ['127.0.0.1', BRIDGE.node, API_SERVICE],
    }),
    issueCertificate(authority, { file: 'kubelet', names: [nodeName], addresses: [BRIDGE.node] }),
    issueCertificate(authority, { file: 'kubelet-client', names: ['kube-apiserver'], usage: 'clientAuth' }),
  ]);
  const users = [
    { user: 'admin', group: 'system:masters', token: drawSecret() },
    { user: `system:node:${nodeName}`, group: 'system:nodes', token: drawSecret() },
  ];
  const keep = async (name: string, text: string): Promise<string> => {
    const file = path.join(directory, name);
    await writeFile(file, text, { mode: 0o600 });
    return file;
  };
  const writeKubeconfig = (user: string, token: string) =>
    keep(`${user.replaceAll(':', '-')}.kubeconfig`, kubeconfigOf(authority.certFile, user, token));
  const [admin, node] = await Promise.all(users.map(({ user, token }) => writeKubeconfig(user, token)));
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    caFile: authority.certFile,
    apiServer,
    kubelet,
    kubeletClient,
    serviceAccounts: {
      publicFile: await keep(
        'service-accounts.pub',
        key.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      ),
      privateFile: await keep(
        'service-accounts.key',
        key.privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
      ),
    },
    tokenFile: await keep(
      'tokens.csv',
      users.map(({ user, group, token }) => `${token},${user},${user},${group}\n`).join(''),
    ),
    kubeconfigs: { admin: admin ?? '', node: node ?? '' },
    writeKubeconfig,
  };
}

/** In JSON, which is YAML too. */
function kubeconfigOf(caFile: string, user: string, token: string): string {
  const name = 'lab';
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name, cluster: { server: `https://${BRIDGE.node}:${API_PORT}`, 'certificate-authority': caFile } },
      ],
      users: [{ name: user, user: { token } }],
      contexts: [{ name, context: { cluster: name, user } }],
      'current-context': name,
    },
    undefined,
    2,
  );
}
