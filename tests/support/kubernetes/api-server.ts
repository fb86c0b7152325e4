import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DEFINITION } from '../../../lab/velero/definition.ts';
import { seconds } from '../../../src/model/duration.ts';
import { openCluster, type Cluster } from '../../../src/providers/cluster/index.ts';
import { findFreePort } from '../../../src/support/ports.ts';
import { startProcess, stopProcess, type RunningProcess } from '../../../src/support/processes.ts';
import { findTool } from '../../../src/support/tools.ts';
import type { KubernetesObject } from '../../../src/support/velero-tarball.ts';
import { waitFor } from '../../../src/support/wait-for.ts';

/** Why tests with a real API server are skipped here; undefined: they are not. */
export const whyNoApiServer: string | undefined = (await findTool('kube-apiserver'))
  ? (await findTool('etcd'))
    ? undefined
    : 'needs etcd: `npm run setup:kubernetes`'
  : 'needs kube-apiserver: `npm run setup:kubernetes`';

export interface ApiServer extends AsyncDisposable {
  /** Of somebody who may do everything. */
  readonly kubeconfig: string;
  /** Of somebody who may do nothing but what is bound to user "drill". */
  readonly drillKubeconfig: string;
  readonly cluster: Cluster;
  /** Ends it as if it had crashed. */
  kill(): Promise<void>;
}

/** etcd and a real API server on the loopback, with the kinds of Velero and of the operator, and no controllers. */
export async function startApiServer(): Promise<ApiServer> {
  const directory = await mkdtemp(path.join(tmpdir(), 'muster-api-'));
  const inside = (name: string) => path.join(directory, name);
  const running: RunningProcess[] = [];
  const [client, peer, secure] = [await findFreePort(), await findFreePort(), await findFreePort()];
  const etcd = `http://127.0.0.1:${client}`;
  const start = async (tool: 'etcd' | 'kube-apiserver', args: readonly string[]) => {
    const { path: command } = (await findTool(tool)) ?? { path: tool };
    running.push(await startProcess({ command, args, logFile: inside(`${tool}.log`) }));
  };
  const end = async () => {
    // The API server hangs when etcd goes first.
    for (const process of running.splice(0).toReversed()) await stopProcess(process);
  };

  await start('etcd', [
    ...[`--data-dir=${inside('etcd')}`, '--name=test', '--unsafe-no-fsync'],
    ...[`--listen-client-urls=${etcd}`, `--advertise-client-urls=${etcd}`],
    ...[
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
    ],
    `--initial-cluster=test=http://127.0.0.1:${peer}`,
  ]);
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(inside('sa.pub'), key.publicKey.export({ type: 'spki', format: 'pem' }));
  await writeFile(inside('sa.key'), key.privateKey.export({ type: 'sec1', format: 'pem' }));
  await writeFile(inside('tokens.csv'), 'all,admin,admin,system:masters\nlittle,drill,drill,\n');
  await start('kube-apiserver', [
    ...[`--etcd-servers=${etcd}`, `--secure-port=${secure}`, '--bind-address=127.0.0.1'],
    ...['--endpoint-reconciler-type=none', '--authorization-mode=RBAC', `--cert-dir=${inside('certs')}`],
    ...[`--token-auth-file=${inside('tokens.csv')}`, '--service-cluster-ip-range=10.96.0.0/24'],
    ...[
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${inside('sa.pub')}`,
    ],
    `--service-account-signing-key-file=${inside('sa.key')}`,
  ]);
  const [kubeconfig = '', drillKubeconfig = ''] = await Promise.all(
    ['all', 'little'].map(async (token) => {
      const file = inside(`${token}.kubeconfig`);
      await writeFile(file, kubeconfigOf(`https://127.0.0.1:${secure}`, token), { mode: 0o600 });
      return file;
    }),
  );
  const cluster = await openCluster({ kubeconfig });
  const dispose = async () => {
    await end();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const isReady = () =>
      cluster.list({ apiVersion: 'v1', kind: 'Namespace' }).then(hasDefault, () => undefined);
    if (!(await waitFor(isReady, { timeout: seconds(120) })))
      throw new Error('the API server does not come up');
    await define(cluster);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { kubeconfig, drillKubeconfig, cluster, kill: end, [Symbol.asyncDispose]: dispose };
}

const hasDefault = (namespaces: readonly KubernetesObject[]) =>
  namespaces.some(({ metadata }) => metadata.name === 'default') || undefined;

const VELERO_KINDS: Readonly<Record<string, string>> = {
  Backup: 'backups',
  BackupStorageLocation: 'backupstoragelocations',
  Restore: 'restores',
  Schedule: 'schedules',
  ServerStatusRequest: 'serverstatusrequests',
};

/** Kinds whose content nobody checks: it is what the drill sends and reads that matters here. */
async function define(cluster: Cluster): Promise<void> {
  await cluster.create(DEFINITION);
  for (const [kind, plural] of Object.entries(VELERO_KINDS))
    await cluster.create(openDefinition(kind, plural));
  const known = await waitFor(
    async () =>
      ((await cluster.hasKind({ apiVersion: 'velero.io/v1', kind: 'ServerStatusRequest' })) &&
        (await cluster.hasKind({ apiVersion: 'installation.mattermost.com/v1beta1', kind: 'Mattermost' }))) ||
      undefined,
    { timeout: seconds(30) },
  );
  if (!known) throw new Error('the API server does not serve what was defined');
}

function openDefinition(kind: string, plural: string): KubernetesObject {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.velero.io` },
    spec: {
      group: 'velero.io',
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}

function kubeconfigOf(server: string, token: string): string {
  const name = 'test';
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}
