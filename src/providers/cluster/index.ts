import type { Cluster } from './contract.ts';

export type * from './contract.ts';

export interface ClusterOptions {
  /** Path of a kubeconfig; without it KUBECONFIG, ~/.kube/config, or the service account of the pod that we run in. */
  readonly kubeconfig?: string | undefined;
  /** Of the kubeconfig; its current one without it. */
  readonly context?: string | undefined;
}

/** Opens a cluster. Nothing is asked of it yet. Rejects with CONFIG_INVALID when the kubeconfig cannot be used. */
export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  return (await import('./kubernetes.ts')).openKubernetes(options);
}
