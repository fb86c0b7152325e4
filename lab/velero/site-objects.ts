import path from 'node:path';
import { API_VERSION, type Mattermost } from '../kubernetes/site/operator/mattermost.ts';
import { labelsOf } from '../kubernetes/site/operator/desired-objects.ts';
import type { KubernetesObject } from '../../src/support/velero-tarball.ts';
import { secretsOf } from './secrets.ts';
import type { ClusterSite } from './site.ts';

const RESOURCES = { limits: { cpu: '2', memory: '4Gi' }, requests: { cpu: '2', memory: '4Gi' } };
/** Who backs the site up: an account that a role at the cloud is tied to. */
const ACCOUNT = 'mattermost';

const AUTHORITY = { name: 'mm-authority', mountPath: '/mattermost/authority', file: 'ca.crt' };

/** All that people have made in the site's namespace; the rest comes of it. */
export function siteObjects(site: ClusterSite): KubernetesObject[] {
  const { namespace = 'mattermost', name = 'chat' } = site;
  const make = (apiVersion: string, kind: string, called: string, body: object): KubernetesObject => ({
    apiVersion,
    kind,
    metadata: { name: called, namespace },
    ...body,
  });
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { environment: 'production', tier: '0' } },
    },
    make('v1', 'ConfigMap', 'mm-extra-config', { data: site.configMap ?? {} }),
    ...(site.authority === undefined
      ? []
      : [make('v1', 'ConfigMap', AUTHORITY.name, { data: { [AUTHORITY.file]: site.authority } })]),
    ...secretsOf(site, name).map(([secret, data, type]) => make('v1', 'Secret', secret, { data, type })),
    ...accountObjects(make, namespace),
    ...('claim' in site.fileStore ? [make('v1', 'PersistentVolumeClaim', ...claimOf(site.fileStore))] : []),
    make('batch/v1', 'CronJob', 'pg-dump', { spec: DUMP }),
    make('networking.k8s.io/v1', 'NetworkPolicy', 'default-deny-egress', { spec: egressOf(site) }),
    make('policy/v1', 'PodDisruptionBudget', name, {
      spec: { minAvailable: 1, selector: { matchLabels: labelsOf(name) } },
    }),
    mattermostOf(site),
  ];
}

export function mattermostOf(site: ClusterSite): Mattermost {
  const { namespace = 'mattermost', name = 'chat', replicas = 2, version, image, fileStore } = site;
  const { resources = RESOURCES, ingressClass = 'nginx' } = site;
  return {
    apiVersion: API_VERSION,
    kind: 'Mattermost',
    metadata: { name, namespace },
    spec: {
      database: { external: { secret: 'mm-database' } },
      fileStore:
        'claim' in fileStore
          ? { externalVolume: { volumeClaimName: fileStore.claim } }
          : { external: { bucket: fileStore.bucket, secret: 'mm-filestore', url: fileStore.url } },
      image,
      ...(site.imagePullPolicy !== undefined && { imagePullPolicy: site.imagePullPolicy }),
      ingress: {
        enabled: true,
        host: new URL(site.siteUrl).hostname,
        ingressClass,
        ...(site.tls && { tlsSecret: `${name}-tls` }),
      },
      ...(site.licence !== undefined && { licenseSecret: 'mm-license' }),
      mattermostEnv: Object.entries({
        ...site.environment,
        ...(site.authority !== undefined && {
          SSL_CERT_FILE: path.posix.join(AUTHORITY.mountPath, AUTHORITY.file),
        }),
      }).map(([key, value]) => ({ name: key, value })),
      ...(site.user !== undefined && {
        podTemplate: { securityContext: { fsGroup: site.user, runAsUser: site.user } },
      }),
      replicas,
      scheduling: { resources },
      ...(site.authority !== undefined && {
        volumes: [{ name: AUTHORITY.name, configMap: { name: AUTHORITY.name } }],
        volumeMounts: [{ name: AUTHORITY.name, mountPath: AUTHORITY.mountPath, readOnly: true }],
      }),
      version,
    },
  };
}

type Make = (apiVersion: string, kind: string, called: string, body: object) => KubernetesObject;

function accountObjects(make: Make, namespace: string): KubernetesObject[] {
  const account = make('v1', 'ServiceAccount', ACCOUNT, {});
  const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: ACCOUNT };
  return [
    {
      ...account,
      metadata: {
        ...account.metadata,
        annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::000000000000:role/mattermost-production' },
      },
    },
    make('rbac.authorization.k8s.io/v1', 'Role', ACCOUNT, {
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }],
    }),
    make('rbac.authorization.k8s.io/v1', 'RoleBinding', ACCOUNT, {
      roleRef: role,
      subjects: [{ kind: 'ServiceAccount', name: ACCOUNT, namespace }],
    }),
  ];
}

function claimOf({ claim, storageClass }: { claim: string; storageClass: string }): [string, object] {
  const spec = {
    accessModes: ['ReadWriteMany'],
    resources: { requests: { storage: '1Gi' } },
    storageClassName: storageClass,
  };
  return [claim, { spec }];
}

const DUMP = {
  schedule: '0 2 * * *',
  jobTemplate: {
    spec: {
      template: {
        spec: {
          containers: [
            {
              args: ['pg_dump', '-Fc'],
              envFrom: [{ secretRef: { name: 'mm-database' } }],
              image: 'postgres:15',
              name: 'dump',
            },
          ],
          restartPolicy: 'Never',
          serviceAccountName: ACCOUNT,
        },
      },
    },
  },
};

/** Everything is denied but names and what the site is made of. */
function egressOf({ egressPorts = [5432, 443] }: ClusterSite): object {
  const ports = [...egressPorts.map((port) => ({ port, protocol: 'TCP' })), { port: 53, protocol: 'UDP' }];
  return { egress: [{ ports }], podSelector: {}, policyTypes: ['Egress'] };
}
