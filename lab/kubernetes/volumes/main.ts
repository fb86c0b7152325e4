import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from '../../../src/support/velero-tarball.ts';
import { openApi } from '../api.ts';
import { STORAGE_CLASS } from './start.ts';
import { localVolume } from './volume.ts';

const INTERVAL = 500;
/** Of volumes that are made here: the site's own is the lab's. */
const PREFIX = 'pvc-';

/**
 * Gives claims of the lab's storage class a folder of this machine, and takes it away with its volume when the claim is
 * gone: `node main.ts KUBECONFIG FOLDER`.
 */
const [kubeconfig = '', folder = ''] = process.argv.slice(2);
const api = openApi({ kubeconfig, manager: 'lab-volumes' });

for (let known = ''; ; await sleep(INTERVAL)) {
  const problem = await look().then(() => '', String);
  if (problem !== known) console.log(`volumes: ${problem || 'all is well again'}`);
  known = problem;
}

async function look(): Promise<void> {
  const volumes = await api.list('v1', 'PersistentVolume');
  const claimed = new Set(volumes.map(claimOf));
  for (const claim of await api.list('v1', 'PersistentVolumeClaim'))
    if (specOf(claim).storageClassName === STORAGE_CLASS && !claimed.has(titleOf(claim.metadata)))
      await provide(claim);
  for (const volume of volumes) {
    const { phase } = (volume['status'] ?? {}) as { phase?: string };
    if (phase === 'Released' && volume.metadata.name.startsWith(PREFIX)) await takeAway(volume);
  }
}

async function provide({ metadata: { name, namespace = '', uid } }: KubernetesObject & Uid): Promise<void> {
  const volume = `${PREFIX}${uid}`;
  const place = path.join(folder, volume);
  await mkdir(place, { recursive: true });
  await api.apply(localVolume({ name: volume, path: place, claim: { namespace, name } }));
}

async function takeAway({ metadata: { name } }: KubernetesObject): Promise<void> {
  await rm(path.join(folder, name), { recursive: true, force: true });
  await api.remove('v1', 'PersistentVolume', name);
}

interface Uid {
  readonly metadata: { readonly uid?: string };
}

function specOf(object: KubernetesObject) {
  return (object['spec'] ?? {}) as {
    storageClassName?: string;
    claimRef?: { namespace?: string; name: string };
  };
}

function claimOf(volume: KubernetesObject): string {
  const { claimRef } = specOf(volume);
  return claimRef === undefined ? '' : titleOf(claimRef);
}

function titleOf({ namespace = '', name }: { namespace?: string; name: string }): string {
  return `${namespace}/${name}`;
}
