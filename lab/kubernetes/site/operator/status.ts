import type { KubernetesObject } from '../../../../src/support/velero-tarball.ts';
import type { Mattermost, MattermostStatus } from './mattermost.ts';

export interface Seen {
  readonly deployment: KubernetesObject | undefined;
  readonly ingress: KubernetesObject | undefined;
  /** Why the objects could not be made; undefined when they were. */
  readonly error: string | undefined;
}

/** What the operator says of a site: `stable` only where every pod answers and the world can reach them. */
export function statusOf(
  { metadata, spec }: Mattermost,
  { deployment, ingress, error }: Seen,
): MattermostStatus {
  const { generation = 0 } = metadata;
  const { replicas = 0, updatedReplicas = 0 } = (deployment?.['status'] ?? {}) as DeploymentStatus;
  return {
    state:
      error === undefined && isRolledOut(deployment) ? (isReachable() ? 'stable' : 'ready') : 'reconciling',
    observedGeneration: generation,
    replicas,
    updatedReplicas,
    image: spec.image,
    version: spec.version,
    endpoint: isReachable() ? (spec.ingress?.host ?? '') : '',
    error: error ?? '',
  };

  function isReachable(): boolean {
    const status = ingress?.['status'] as { loadBalancer?: { ingress?: readonly object[] } } | undefined;
    return (status?.loadBalancer?.ingress ?? []).length > 0;
  }
}

interface DeploymentStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
}

function isRolledOut(deployment: KubernetesObject | undefined): boolean {
  if (!deployment) return false;
  const wanted = (deployment['spec'] as { replicas: number }).replicas;
  const {
    observedGeneration,
    replicas = 0,
    updatedReplicas = 0,
    availableReplicas = 0,
  } = (deployment['status'] ?? {}) as DeploymentStatus;
  const { generation } = deployment.metadata as { generation?: number };
  return (
    observedGeneration === generation &&
    [replicas, updatedReplicas, availableReplicas].every((count) => count === wanted)
  );
}
