import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { requireTool } from '../../src/support/tools.ts';
import { BRIDGE, POD_RANGE } from './addresses.ts';
import { hasCondition, type ClusterApi } from './api.ts';
import { makeCgroup } from './cgroup.ts';
import type { ClusterCredentials } from './credentials.ts';
import { writeImage } from './image.ts';
import type { Members } from './members.ts';

export const NODE_NAME = 'node';

export const PAUSE_IMAGE = 'muster.lab/pause:1';
const CONTAINERD = '/run/containerd/containerd.sock';

/** Folders that a node writes into. It has its own, by a mount namespace: the machine's are not touched. */
const OWN_FOLDERS = ['/run', '/var/lib', '/var/log'];

/** Binds the folders below the first argument, and becomes the rest. Pods may mount, and mounts reach them. */
const FURNISH = `set -e
root=$1; shift
mount --make-rshared /
for folder in ${OWN_FOLDERS.join(' ')}; do mount --bind "$root$folder" "$folder"; done
exec "$@"`;

export interface NodeOptions {
  readonly directory: string;
  readonly credentials: ClusterCredentials;
  /** Holds all pods; made for it. */
  readonly cgroup: string;
}

export interface ClusterNode {
  /** Loads an image file (`ctr images import`). */
  importImage(file: string): Promise<void>;
}

/** containerd, kubelet and kube-proxy. Resolves when the node is ready for pods. */
export async function startNode(
  members: Members,
  api: ClusterApi,
  options: NodeOptions,
): Promise<ClusterNode> {
  const { directory, credentials } = options;
  const root = path.join(directory, 'node');
  for (const folder of OWN_FOLDERS) await mkdir(path.join(root, folder), { recursive: true });
  const socket = path.join(root, CONTAINERD);
  const unshare = [await requireTool('unshare'), '--mount', '--propagation', 'private', '--'];
  const containerd = await members.start('containerd', {
    within: [...unshare, '/bin/sh', '-c', FURNISH, 'node', root],
    args: ['--config', await writeContainerdConfig(directory)],
    ready: () => ctr(['version']).then(() => true as const),
  });
  await importImage(await writePauseImage(directory));
  await makeCgroup(options.cgroup);
  await members.start('kubelet', {
    within: [await requireTool('nsenter'), `--mount=/proc/${containerd.pid}/ns/mnt`, '--'],
    args: [
      ...['--config', await writeKubeletConfig(options), '--kubeconfig', credentials.kubeconfigs.node],
      ...['--hostname-override', NODE_NAME, '--node-ip', BRIDGE.node],
    ],
    ready: () => isNodeReady(api),
  });
  await members.start('kube-proxy', { args: ['--config', await writeProxyConfig(options)] });
  return { importImage };

  async function importImage(file: string): Promise<void> {
    await ctr(['--namespace', 'k8s.io', 'images', 'import', file]);
  }

  async function ctr(args: readonly string[]): Promise<void> {
    await execa(await requireTool('ctr'), ['--address', socket, ...args]);
  }
}

async function isNodeReady(api: ClusterApi): Promise<true | undefined> {
  return hasCondition(await api.find('v1', 'Node', NODE_NAME), 'Ready') || undefined;
}

async function writePauseImage(directory: string): Promise<string> {
  const file = path.join(directory, 'pause.tar');
  await writeImage(file, {
    reference: PAUSE_IMAGE,
    files: [{ from: await requireTool('busybox'), to: '/bin/busybox' }],
    entrypoint: ['/bin/busybox', 'sleep', 'infinity'],
  });
  return file;
}

/** containerd's own is TOML, in which JSON's strings, numbers and lists are the same. */
async function writeContainerdConfig(directory: string): Promise<string> {
  const folder = path.join(directory, 'cni');
  await mkdir(folder, { recursive: true });
  // Pods are routed, not bridged: whatever one sends another passes the packet filter.
  const ptp = {
    type: 'ptp',
    ipam: { type: 'host-local', ranges: [[{ subnet: POD_RANGE }]], routes: [{ dst: '0.0.0.0/0' }] },
  };
  const network = { cniVersion: '0.4.0', name: 'lab', plugins: [ptp] };
  await writeFile(path.join(folder, 'lab.conflist'), JSON.stringify(network));
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  const lines = [
    'version = 2',
    `[${cri}]`,
    `sandbox_image = "${PAUSE_IMAGE}"`,
    // Who lacks CAP_SYS_RESOURCE cannot make a process less likely to be killed.
    'restrict_oom_score_adj = true',
    `[${cri}.cni]`,
    `bin_dir = ${JSON.stringify(path.dirname(await requireTool('ptp')))}`,
    `conf_dir = ${JSON.stringify(folder)}`,
    `[${cri}.containerd.runtimes.runc]`,
    'runtime_type = "io.containerd.runc.v2"',
    `[${cri}.containerd.runtimes.runc.options]`,
    `BinaryName = ${JSON.stringify(await requireTool('runc'))}`,
  ];
  return write(directory, 'containerd.toml', lines.join('\n'));
}

async function writeKubeletConfig({ directory, credentials, cgroup }: NodeOptions): Promise<string> {
  // Of the pods: the lab's resolver.
  const resolvConf = await write(directory, 'resolv.conf', `nameserver ${BRIDGE.node}\n`);
  return write(
    directory,
    'kubelet.json',
    JSON.stringify({
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      address: BRIDGE.node,
      authentication: {
        anonymous: { enabled: false },
        webhook: { enabled: false },
        x509: { clientCAFile: credentials.caFile },
      },
      // Whom the authority gave a certificate: the API server.
      authorization: { mode: 'AlwaysAllow' },
      tlsCertFile: credentials.kubelet.certFile,
      tlsPrivateKeyFile: credentials.kubelet.keyFile,
      cgroupDriver: 'cgroupfs',
      cgroupRoot: `/${cgroup}`,
      failCgroupV1: false,
      failSwapOn: false,
      containerRuntimeEndpoint: `unix://${CONTAINERD}`,
      resolvConf,
      makeIPTablesUtilChains: false,
      // A full disk of the machine is no reason for the lab to throw pods out.
      evictionHard: { 'memory.available': '50Mi', 'nodefs.available': '0%', 'imagefs.available': '0%' },
      imageGCHighThresholdPercent: 100,
      nodeStatusUpdateFrequency: '2s',
    }),
  );
}

function writeProxyConfig({ directory, credentials }: NodeOptions): Promise<string> {
  const asItIs = { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' };
  return write(
    directory,
    'kube-proxy.json',
    JSON.stringify({
      apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
      kind: 'KubeProxyConfiguration',
      mode: 'nftables',
      clientConnection: { kubeconfig: credentials.kubeconfigs.admin },
      clusterCIDR: POD_RANGE,
      hostnameOverride: NODE_NAME,
      healthzBindAddress: '127.0.0.1:10256',
      metricsBindAddress: '127.0.0.1:10249',
      // Of the whole machine, and not for a namespace to change.
      conntrack: asItIs,
    }),
  );
}

async function write(directory: string, name: string, text: string): Promise<string> {
  const file = path.join(directory, name);
  await writeFile(file, text, { mode: 0o600 });
  return file;
}
