import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { seconds } from '../../src/model/duration.ts';
import { readNamespace, stopProcess } from '../../src/support/processes.ts';
import { settleAll } from '../settle-all.ts';
import { saveState } from '../state.ts';
import type { LabUnderway } from '../underway.ts';
import type { KubernetesObject } from '../../src/support/velero-tarball.ts';
import { waitFor } from '../../src/support/wait-for.ts';
import { DrillError } from '../../src/model/errors.ts';
import { hasCondition, openApi, type ClusterApi } from './api.ts';
import { startControlPlane } from './control-plane.ts';
import { makeCredentials, type ClusterCredentials } from './credentials.ts';
import { startIngress } from './ingress.ts';
import { openMembers } from './members.ts';
import { NODE_NAME, startNode, type ClusterNode } from './node.ts';
import { endCgroup, endNamespace } from './remains.ts';
import { startPolicies } from './policies/start.ts';
import { startVolumes } from './volumes/start.ts';
import { startVelero, type VeleroBucket } from './velero.ts';

export interface ClusterOptions {
  /** `primary` is lost in an outage. One at a time: each has the same addresses. */
  readonly name: 'primary' | 'recovery';
  readonly bucket: VeleroBucket;
  readonly ingress: { readonly address: string; readonly port: number };
  /** Custom resources that Velero knows from its start: it looks for new ones every five minutes only, and leaves them out. */
  readonly definitions?: readonly KubernetesObject[];
}

export interface Cluster extends ClusterNode, Pick<ClusterCredentials, 'writeKubeconfig'> {
  readonly api: ClusterApi;
  /** Of somebody who may do everything. */
  readonly kubeconfig: string;
  /** Ends it and all that runs in it. Its folder stays. */
  stop(): Promise<void>;
}

/** A real cluster of one node, with Velero and an ingress controller. Rejects with LAB_FAILED. */
export async function startCluster(lab: LabUnderway, options: ClusterOptions): Promise<Cluster> {
  const { name, bucket, ingress, definitions = [] } = options;
  const { kubernetes } = lab.state;
  if (!kubernetes) throw new TypeError('this lab has no network for a cluster');
  const directory = path.join(lab.directory, `${name}-cluster`);
  const pki = path.join(directory, 'pki');
  await mkdir(pki, { recursive: true });
  const credentials = await makeCredentials(pki, NODE_NAME);
  const kubeconfig = credentials.kubeconfigs.admin;
  const cgroup = `${kubernetes.network}-${name}`;
  kubernetes.kubeconfig = kubeconfig;
  kubernetes.cgroups.push(cgroup);
  saveState(lab.state);

  const role = `${name} cluster's `;
  const members = await openMembers(lab, { name, directory, primary: name === 'primary' });
  await startControlPlane(members, { directory, credentials });
  const api = openApi({ kubeconfig });
  await startPolicies(members, kubeconfig);
  await startVolumes(members, api, { directory, kubeconfig });
  for (const definition of definitions) await define(api, definition, lab.signal);
  const [node] = await settleAll([
    startNode(members, api, { directory, credentials, cgroup }),
    startVelero(members, api, { directory, kubeconfig, bucket }),
    startIngress(members, api, { kubeconfig, ...ingress }),
  ]);
  return { ...node, api, kubeconfig, writeKubeconfig: credentials.writeKubeconfig, stop };

  async function stop(): Promise<void> {
    const mine = lab.state.processes.filter((process) => process.role.startsWith(role));
    const containerd = mine.find((process) => process.role === `${role}containerd`);
    const mounts = containerd && readNamespace(containerd.pid, 'mnt');
    for (const process of mine.toReversed()) await stopProcess(process, { grace: seconds(3) });
    // What containerd and the kubelet started outlives them.
    await endCgroup(cgroup);
    if (mounts !== undefined) await endNamespace('mnt', mounts);
  }
}

/** Resolves when the API server takes objects of a custom resource. */
async function define(api: ClusterApi, definition: KubernetesObject, signal: AbortSignal): Promise<void> {
  const { apiVersion, kind, metadata } = definition;
  await api.apply(definition);
  const established = await waitFor(
    async () => hasCondition(await api.find(apiVersion, kind, metadata.name), 'Established') || undefined,
    { timeout: seconds(30), interval: 100, signal },
  );
  if (!established)
    throw new DrillError('LAB_FAILED', `the cluster does not take ${metadata.name} within 30s`);
}
