import type { KubernetesObject } from '../../src/support/velero-tarball.ts';
import { createDefinition, GROUP } from './definition.ts';
import { secretsOf } from './secrets.ts';
import { createStamper, time, type Owner } from './stamp.ts';
import type { ClusterSite } from './site.ts';

export interface PlacedObject {
  /** Plural and group, as the tarball's folders are called: `deployments.apps`. */
  readonly resource: string;
  readonly object: KubernetesObject;
}

const PRODUCT = { app: 'mattermost' };
const RESOURCES = { limits: { cpu: '2', memory: '4Gi' }, requests: { cpu: '2', memory: '4Gi' } };

/**
 * The site's namespace as an operator-managed cluster would hold it, in the order in which Velero collects it. What
 * controllers derive while a cluster runs (pods, replica sets, endpoints, events) is not here: nobody runs it.
 */
export function createSiteObjects(site: ClusterSite, createdAt: Date): PlacedObject[] {
  const { namespace = 'mattermost', name = 'chat', replicas = 2, version, image, fileStore } = site;
  const { host } = new URL(site.siteUrl);
  const stamp = createStamper(namespace, createdAt);
  const container = {
    env: [
      {
        name: 'MM_CONFIG',
        valueFrom: { secretKeyRef: { key: 'DB_CONNECTION_STRING', name: 'mm-database' } },
      },
      { name: 'MM_CLUSTERSETTINGS_CLUSTERNAME', value: 'production' },
    ],
    image: `${image}:${version}`,
    imagePullPolicy: 'IfNotPresent',
    name: 'mattermost',
    ports: [{ containerPort: 8065, protocol: 'TCP' }],
    resources: RESOURCES,
    ...TERMINATION,
  };

  const resource = stamp(`${GROUP}/v1beta1`, 'Mattermost', name, {
    spec: {
      database: { external: { secret: 'mm-database' } },
      fileStore: { external: { bucket: fileStore.bucket, secret: 'mm-filestore', url: fileStore.url } },
      image,
      ingress: { enabled: true, host, ingressClass: 'nginx', ...(site.tls && { tlsSecret: `${name}-tls` }) },
      ...(site.licence !== undefined && { licenseSecret: 'mm-license' }),
      mattermostEnv: Object.entries(site.environment).map(([key, value]) => ({ name: key, value })),
      replicas,
      scheduling: { resources: RESOURCES },
      version,
    },
    status: {
      endpoint: host,
      image,
      observedGeneration: 1,
      replicas,
      state: 'stable',
      updatedReplicas: replicas,
      version,
    },
  });
  const owner: Owner = resource;

  return [
    place('configmaps', stamp('v1', 'ConfigMap', 'mm-extra-config', { data: site.configMap ?? {} })),
    place(
      'namespaces',
      stamp('v1', 'Namespace', namespace, {
        metadata: {
          labels: { 'kubernetes.io/metadata.name': namespace, environment: 'production', tier: '0' },
        },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      }),
    ),
    place(
      'services',
      stamp(
        'v1',
        'Service',
        name,
        {
          spec: {
            clusterIP: '10.96.0.213',
            clusterIPs: ['10.96.0.213'],
            internalTrafficPolicy: 'Cluster',
            ipFamilies: ['IPv4'],
            ipFamilyPolicy: 'SingleStack',
            ports: [{ port: 8065, protocol: 'TCP', targetPort: 8065 }],
            selector: PRODUCT,
            sessionAffinity: 'None',
            type: 'ClusterIP',
          },
          status: { loadBalancer: {} },
        },
        owner,
      ),
    ),
    ...secretsOf(site, name).map(([secret, data, type]) =>
      place('secrets', stamp('v1', 'Secret', secret, { data, type })),
    ),
    place('serviceaccounts', stamp('v1', 'ServiceAccount', 'default', {})),
    place('serviceaccounts', stamp('v1', 'ServiceAccount', 'mattermost', {})),
    place(
      'deployments.apps',
      stamp(
        'apps/v1',
        'Deployment',
        name,
        {
          metadata: { annotations: { 'deployment.kubernetes.io/revision': '1' }, labels: PRODUCT },
          spec: {
            progressDeadlineSeconds: 600,
            replicas,
            revisionHistoryLimit: 10,
            selector: { matchLabels: PRODUCT },
            strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' }, type: 'RollingUpdate' },
            template: { metadata: { labels: PRODUCT }, spec: podOf(container, 'Always', 'mattermost') },
          },
          status: {
            availableReplicas: replicas,
            conditions: [
              condition('Available', 'MinimumReplicasAvailable', 'All replicas answer.', createdAt),
              condition('Progressing', 'NewReplicaSetAvailable', 'The roll-out has ended.', createdAt),
            ],
            observedGeneration: 1,
            readyReplicas: replicas,
            replicas,
            terminatingReplicas: 0,
            updatedReplicas: replicas,
          },
        },
        owner,
      ),
    ),
    place(
      'cronjobs.batch',
      stamp('batch/v1', 'CronJob', 'pg-dump', {
        spec: {
          concurrencyPolicy: 'Allow',
          failedJobsHistoryLimit: 1,
          jobTemplate: {
            metadata: {},
            spec: { template: { metadata: {}, spec: podOf(DUMP_CONTAINER, 'Never') } },
          },
          schedule: '0 2 * * *',
          successfulJobsHistoryLimit: 3,
          suspend: false,
        },
        status: {},
      }),
    ),
    place(
      'networkpolicies.networking.k8s.io',
      stamp('networking.k8s.io/v1', 'NetworkPolicy', 'default-deny-egress', {
        spec: {
          egress: [
            {
              ports: [
                { port: 5432, protocol: 'TCP' },
                { port: 443, protocol: 'TCP' },
                { port: 53, protocol: 'UDP' },
              ],
            },
          ],
          podSelector: {},
          policyTypes: ['Egress'],
        },
      }),
    ),
    place(
      'ingresses.networking.k8s.io',
      stamp(
        'networking.k8s.io/v1',
        'Ingress',
        name,
        {
          spec: {
            ingressClassName: 'nginx',
            rules: [
              {
                host,
                http: {
                  paths: [
                    { backend: { service: { name, port: { number: 8065 } } }, path: '/', pathType: 'Prefix' },
                  ],
                },
              },
            ],
            ...(site.tls && { tls: [{ hosts: [host], secretName: `${name}-tls` }] }),
          },
          status: { loadBalancer: {} },
        },
        owner,
      ),
    ),
    place(
      'poddisruptionbudgets.policy',
      stamp('policy/v1', 'PodDisruptionBudget', name, {
        spec: { minAvailable: 1, selector: { matchLabels: PRODUCT } },
        status: {
          conditions: [
            {
              lastTransitionTime: time(createdAt),
              message: '',
              observedGeneration: 1,
              reason: 'SufficientPods',
              status: 'True',
              type: 'DisruptionAllowed',
            },
          ],
          currentHealthy: replicas,
          desiredHealthy: 1,
          disruptionsAllowed: replicas - 1,
          expectedPods: replicas,
          observedGeneration: 1,
        },
      }),
    ),
    place(
      'rolebindings.rbac.authorization.k8s.io',
      stamp('rbac.authorization.k8s.io/v1', 'RoleBinding', 'mattermost', {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'mattermost' },
        subjects: [{ kind: 'ServiceAccount', name: 'mattermost', namespace }],
      }),
    ),
    place(
      'roles.rbac.authorization.k8s.io',
      stamp('rbac.authorization.k8s.io/v1', 'Role', 'mattermost', {
        rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }],
      }),
    ),
    place(`mattermosts.${GROUP}`, resource),
    place('customresourcedefinitions.apiextensions.k8s.io', createDefinition(stamp, createdAt)),
  ];
}

const TERMINATION = { terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' };
const DUMP_CONTAINER = {
  args: ['pg_dump', '-Fc'],
  envFrom: [{ secretRef: { name: 'mm-database' } }],
  image: 'postgres:15',
  imagePullPolicy: 'IfNotPresent',
  name: 'dump',
  resources: {},
  ...TERMINATION,
};

function podOf(container: object, restartPolicy: string, serviceAccount?: string): object {
  return {
    containers: [container],
    dnsPolicy: 'ClusterFirst',
    restartPolicy,
    schedulerName: 'default-scheduler',
    securityContext: {},
    ...(serviceAccount !== undefined && { serviceAccount, serviceAccountName: serviceAccount }),
    terminationGracePeriodSeconds: 30,
  };
}

function condition(type: string, reason: string, message: string, at: Date): object {
  return { lastTransitionTime: time(at), lastUpdateTime: time(at), message, reason, status: 'True', type };
}

function place(resource: string, object: KubernetesObject): PlacedObject {
  return { resource, object };
}
