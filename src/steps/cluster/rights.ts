import type { KubernetesConfig } from '../../model/config.ts';
import type { Right } from '../../providers/cluster/index.ts';

/** The ClusterRole that a drill binds to itself in the namespace that it makes: docs/kubernetes.md. */
export const SCRATCH_ROLE = 'muster-scratch';

/** What a drill does outside the scratch namespace. The least-privilege role grants this and no more. */
export function neededRights({ velero, operator }: KubernetesConfig): readonly Right[] {
  const inVelero = { namespace: velero.namespace };
  return [
    ...rights('', 'namespaces', ['get', 'create', 'delete']),
    ...rights('', 'nodes', ['list']),
    ...rights('', 'persistentvolumes', ['list']),
    ...rights(SITES, 'mattermosts', ['list']),
    ...rights('mattermost.com', 'clusterinstallations', ['list']),
    ...rights(RBAC, 'rolebindings', ['create']),
    ...rights(RBAC, 'clusterroles', ['bind'], { name: SCRATCH_ROLE }),
    ...rights('apps', 'deployments', ['get', 'patch'], {
      namespace: operator.namespace,
      name: operator.deployment,
    }),
    ...rights('velero.io', 'backups', ['get'], inVelero),
    ...rights('velero.io', 'backupstoragelocations', ['list'], inVelero),
    ...rights('velero.io', 'schedules', ['list'], inVelero),
    ...rights('velero.io', 'serverstatusrequests', ['get', 'create', 'delete'], inVelero),
    ...rights('velero.io', 'restores', ['get', 'create', 'delete'], inVelero),
    ...rights('velero.io', 'podvolumerestores', ['list'], inVelero),
    ...rights('', 'configmaps', ['create', 'delete'], inVelero),
  ];
}

/** What it does in there. */
export function scratchRights(namespace: string): readonly Right[] {
  const inScratch = { namespace };
  return [
    ...rights('*', '*', ['list'], inScratch),
    ...rights('', 'secrets', ['get', 'create', 'patch'], inScratch),
    ...rights('', 'configmaps', ['get', 'patch'], inScratch),
    ...rights('', 'pods', ['get', 'create', 'delete'], inScratch),
    ...rights('', 'pods/log', ['get'], inScratch),
    ...rights('networking.k8s.io', 'networkpolicies', ['create'], inScratch),
    ...rights(SITES, 'mattermosts', ['get', 'patch', 'delete'], inScratch),
  ];
}

const SITES = 'installation.mattermost.com';
const RBAC = 'rbac.authorization.k8s.io';

/** "create restores.velero.io in namespace velero" */
export function describeRight({ verb, group, resource, namespace }: Right): string {
  const what = group === '' ? resource : `${resource}.${group}`;
  return `${verb} ${what}${namespace === undefined ? '' : ` in namespace ${namespace}`}`;
}

function rights(
  group: string,
  resource: string,
  verbs: readonly string[],
  where: Pick<Right, 'namespace' | 'name'> = {},
): readonly Right[] {
  return verbs.map((verb) => ({ verb, group, resource, ...where }));
}
