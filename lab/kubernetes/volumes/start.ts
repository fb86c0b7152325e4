import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ClusterApi } from '../api.ts';
import type { Members } from '../members.ts';

export const STORAGE_CLASS = 'lab-files';

export interface VolumesOptions {
  readonly directory: string;
  readonly kubeconfig: string;
}

/** Makes volumes for claims of the lab's storage class: a cluster by itself has none. */
export async function startVolumes(
  members: Members,
  api: ClusterApi,
  { directory, kubeconfig }: VolumesOptions,
): Promise<void> {
  const folder = path.join(directory, 'volumes');
  await mkdir(folder);
  await api.apply({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: STORAGE_CLASS },
    provisioner: 'muster.lab/volumes',
  });
  await members.startScript('volumes', path.join(import.meta.dirname, 'main.ts'), {
    args: [kubeconfig, folder],
  });
}
