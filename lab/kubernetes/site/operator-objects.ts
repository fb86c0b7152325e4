import type { KubernetesObject } from '../../../src/support/velero-tarball.ts';
import { OPERATOR } from './images.ts';
import { GROUP } from './operator/mattermost.ts';

/** Of the operator's namespace, account, role and Deployment, as the real one's are called. */
const NAME = 'mattermost-operator';
const RBAC = 'rbac.authorization.k8s.io';

/** What brings the operator into a cluster. */
export function operatorObjects(): KubernetesObject[] {
  const metadata = { name: NAME, namespace: NAME };
  const labels = { name: NAME };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAME } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name: NAME }, rules: RULES },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: NAME },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: NAME },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: NAME,
            containers: [{ name: NAME, image: OPERATOR, imagePullPolicy: 'Never' }],
          },
        },
      },
    },
  ];
}

const MAKE = ['get', 'list', 'create', 'patch'];
const RULES = [
  { apiGroups: [GROUP], resources: ['mattermosts'], verbs: ['get', 'list'] },
  { apiGroups: [GROUP], resources: ['mattermosts/status'], verbs: ['patch'] },
  { apiGroups: [''], resources: ['secrets'], verbs: ['get'] },
  { apiGroups: [''], resources: ['serviceaccounts', 'services'], verbs: MAKE },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: MAKE },
  { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: MAKE },
];
