import { desiredObjects } from '../kubernetes/site/operator/desired-objects.ts';
import { GROUP } from '../kubernetes/site/operator/mattermost.ts';
import type { KubernetesObject } from '../../src/support/velero-tarball.ts';
import { withDefaults } from './defaults.ts';
import { DEFINITION } from './definition.ts';
import { mattermostOf, siteObjects } from './site-objects.ts';
import { createStamper, uidOf } from './stamp.ts';
import { withStatus } from './statuses.ts';
import type { ClusterSite } from './site.ts';

export interface PlacedObject {
  /** Plural and group, as the tarball's folders are called: `deployments.apps`. */
  readonly resource: string;
  readonly object: KubernetesObject;
}

/** Kind → plural and group, in the order in which Velero collects them. */
const RESOURCES: Readonly<Record<string, string>> = {
  PersistentVolumeClaim: 'persistentvolumeclaims',
  ConfigMap: 'configmaps',
  Namespace: 'namespaces',
  Service: 'services',
  Secret: 'secrets',
  ServiceAccount: 'serviceaccounts',
  Deployment: 'deployments.apps',
  CronJob: 'cronjobs.batch',
  NetworkPolicy: 'networkpolicies.networking.k8s.io',
  Ingress: 'ingresses.networking.k8s.io',
  PodDisruptionBudget: 'poddisruptionbudgets.policy',
  RoleBinding: 'rolebindings.rbac.authorization.k8s.io',
  Role: 'roles.rbac.authorization.k8s.io',
  Mattermost: `mattermosts.${GROUP}`,
  // Velero takes the definitions of the custom resources that it backs up along, asked or not.
  CustomResourceDefinition: 'customresourcedefinitions.apiextensions.k8s.io',
};

/**
 * The site's namespace as an operator-managed cluster would hold it, in the order in which Velero collects it. What
 * controllers derive while a cluster runs (pods, replica sets, endpoints, events) is not here: nobody runs it.
 */
export function keptObjects(site: ClusterSite, createdAt: Date): PlacedObject[] {
  const { namespace = 'mattermost' } = site;
  const stamp = createStamper(namespace, createdAt);
  const resource = mattermostOf(site);
  const { name } = resource.metadata;
  const owner = {
    ...resource,
    metadata: { ...resource.metadata, uid: uidOf(namespace, 'Mattermost', name) },
  };
  const objects = [
    ...siteObjects(site),
    ...desiredObjects(owner),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } },
    DEFINITION,
  ];
  const order = Object.keys(RESOURCES);
  return objects
    .toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
    .map((object) => ({
      resource: RESOURCES[object.kind] ?? object.kind,
      object: stamp(withStatus(withDefaults(object), resource, createdAt)),
    }));
}
