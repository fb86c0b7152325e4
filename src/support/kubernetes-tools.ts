import type { ToolSpec } from './tool-table.ts';

/** The Kubernetes that the lab is built from, and the Velero, without their `v`. */
export const KUBERNETES_VERSION = '1.36.3';
export const VELERO_VERSION = '1.18.3';
export const VELERO_PLUGIN_VERSION = '1.14.3';

const CNI_FOLDERS = ['/usr/lib/cni', '/opt/cni/bin'];

function kubernetes(executable: string, purpose: string): ToolSpec {
  return {
    executables: [executable],
    versionArgs: ['--version'],
    answer: /Kubernetes v(\d+\.\d+\.\d+)/,
    minimum: '1.36',
    purpose,
  };
}

function cniPlugin(executable: string, purpose: string): ToolSpec {
  return {
    executables: [executable],
    versionArgs: ['--version'],
    answer: /CNI protocol versions supported/,
    folders: CNI_FOLDERS,
    purpose,
  };
}

/** What `muster lab up --kubernetes` starts beside the programs of the plain lab. */
export const KUBERNETES_TOOLS = {
  etcd: {
    executables: ['etcd'],
    versionArgs: ['--version'],
    answer: /etcd Version: (\d+\.\d+\.\d+)/,
    minimum: '3.4',
    purpose: "keeps the Kubernetes lab's objects",
  },
  containerd: {
    executables: ['containerd'],
    versionArgs: ['--version'],
    answer: /containerd \S*\/containerd v?(\d+\.\d+\.\d+)/,
    minimum: '1.6',
    purpose: "runs the containers of the Kubernetes lab's node",
  },
  ctr: {
    executables: ['ctr'],
    versionArgs: ['--version'],
    answer: /ctr \S*\/containerd v?(\d+\.\d+\.\d+)/,
    minimum: '1.6',
    purpose: 'gives that node its images',
  },
  runc: {
    executables: ['runc'],
    versionArgs: ['--version'],
    answer: /runc version (\d+\.\d+\.\d+)/,
    minimum: '1.1',
    purpose: 'starts the containers of that node',
  },
  busybox: {
    executables: ['busybox'],
    versionArgs: [],
    answer: /BusyBox v(\d+\.\d+\.\d+)/,
    purpose: 'is in its smallest images',
  },
  ptp: cniPlugin('ptp', 'gives each pod a network of its own'),
  'host-local': cniPlugin('host-local', 'gives each pod an address'),
  'kube-apiserver': kubernetes('kube-apiserver', "is the Kubernetes lab's API server"),
  'kube-controller-manager': kubernetes('kube-controller-manager', 'keeps its deployments, jobs and volumes'),
  'kube-scheduler': kubernetes('kube-scheduler', 'places its pods'),
  'kube-proxy': kubernetes('kube-proxy', 'leads to its services'),
  kubelet: kubernetes('kubelet', 'is its node'),
  velero: {
    executables: ['velero'],
    versionArgs: ['version', '--client-only'],
    answer: /Version: v(\d+\.\d+\.\d+)/,
    minimum: '1.18',
    purpose: 'backs up and restores the Kubernetes lab',
  },
  'velero-restore-helper': {
    executables: ['velero-restore-helper'],
    versionArgs: [],
    answer: /exactly one argument must be provided/,
    purpose: 'holds a pod back until Velero has restored its volumes',
  },
  'velero-plugin-for-aws': {
    executables: ['velero-plugin-for-aws'],
    versionArgs: [],
    answer: /This binary is a plugin/,
    purpose: "leads Velero to the lab's bucket",
  },
  traefik: {
    executables: ['traefik'],
    versionArgs: ['version'],
    answer: /Version:\s+(\d+\.\d+\.\d+)/,
    minimum: '3.0',
    purpose: "is the Kubernetes lab's ingress controller",
  },
} as const satisfies Record<string, ToolSpec>;
