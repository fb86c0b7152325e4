import type { KubernetesObject } from '../../../support/velero-tarball.ts';

/** Why objects of a kind are not restored into a scratch namespace, whoever made them. */
const KINDS: Readonly<Record<string, string>> = {
  ...named(
    ['Pod', 'ReplicaSet', 'Endpoints', 'EndpointSlice', 'ControllerRevision'],
    'the cluster makes it anew',
  ),
  ...named(['Event', 'Lease'], 'it tells of the cluster that was lost'),
  ...named(['Ingress'], 'it has production’s name; the operator makes another'),
  ...named(
    ['NetworkPolicy', 'CiliumNetworkPolicy'],
    'policies add up: what it opens for production would be open for the copy',
  ),
  ...named(
    ['Job', 'DaemonSet', 'ReplicationController', 'HorizontalPodAutoscaler'],
    'it would start something by itself',
  ),
  ...named(['PersistentVolumeClaim'], 'the site’s files are restored by a step of their own'),
};

/**
 * Why an object is not restored; undefined: it is. What an owner makes anew has new references; the old ones point at
 * an object that is no more, and a cluster collects such objects.
 */
export function whyLeftOut(object: KubernetesObject): string | undefined {
  if (isMadeInEveryNamespace(object)) return KINDS['Pod'];
  return KINDS[object.kind] ?? (isOwned(object) ? 'its owner makes it anew' : undefined);
}

/** Made by the cluster itself in each namespace. */
export function isMadeInEveryNamespace({ kind, metadata, type }: KubernetesObject): boolean {
  return (
    (kind === 'ServiceAccount' && metadata.name === 'default') ||
    (kind === 'ConfigMap' && metadata.name === 'kube-root-ca.crt') ||
    (kind === 'Secret' && type === 'kubernetes.io/service-account-token')
  );
}

function isOwned({ metadata }: KubernetesObject): boolean {
  return (metadata.ownerReferences ?? []).length > 0;
}

function named(kinds: readonly string[], why: string): Readonly<Record<string, string>> {
  return Object.fromEntries(kinds.map((kind) => [kind, why]));
}
