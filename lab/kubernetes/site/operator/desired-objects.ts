import type { KubernetesObject } from '../../../../src/support/velero-tarball.ts';
import { environmentOf } from './environment.ts';
import { volumesOf } from './volumes.ts';
import type { Mattermost } from './mattermost.ts';

export const PORT = 8065;
const PING = { httpGet: { path: '/api/v4/system/ping', port: PORT }, timeoutSeconds: 5 };

/** What the Mattermost Operator makes of a custom resource and owns, as far as a drill sees it. */
export function desiredObjects(mattermost: Mattermost): KubernetesObject[] {
  const { spec } = mattermost;
  const { name } = mattermost.metadata;
  const labels = labelsOf(name);
  const own = (
    apiVersion: string,
    kind: string,
    body: object,
    annotations?: Record<string, string>,
  ): KubernetesObject => ({
    apiVersion,
    kind,
    metadata: {
      name,
      namespace: mattermost.metadata.namespace ?? 'default',
      labels,
      ...(annotations && { annotations }),
      ownerReferences: [ownerReference(mattermost)],
    },
    ...body,
  });
  const objects = [
    own('v1', 'ServiceAccount', {}),
    own('v1', 'Service', {
      spec: { ports: [{ name: 'app', port: PORT, protocol: 'TCP', targetPort: PORT }], selector: labels },
    }),
    own('apps/v1', 'Deployment', {
      spec: {
        replicas: spec.replicas ?? 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: podOf(name, spec) },
      },
    }),
  ];
  const { ingress } = spec;
  if (ingress?.enabled)
    objects.push(
      own('networking.k8s.io/v1', 'Ingress', { spec: ingressOf(name, ingress) }, ingress.annotations),
    );
  return objects;
}

/** What the pods of this site are found by. */
export function labelsOf(name: string): Record<string, string> {
  return { app: 'mattermost', 'installation.mattermost.com/installation': name };
}

function podOf(name: string, spec: Mattermost['spec']): object {
  const { volumes, volumeMounts } = volumesOf(spec);
  const container = {
    name: 'mattermost',
    image: `${spec.image}:${spec.version}`,
    imagePullPolicy: spec.imagePullPolicy ?? 'IfNotPresent',
    env: environmentOf(spec),
    ports: [{ containerPort: PORT, name: 'app', protocol: 'TCP' }],
    readinessProbe: { ...PING, periodSeconds: 2 },
    livenessProbe: { ...PING, initialDelaySeconds: 10 },
    resources: spec.scheduling?.resources ?? {},
    volumeMounts,
  };
  return {
    serviceAccountName: name,
    securityContext: spec.podTemplate?.securityContext ?? {},
    containers: [container, ...(spec.podExtensions?.sidecarContainers ?? [])],
    volumes,
  };
}

function ingressOf(
  name: string,
  { host, ingressClass, tlsSecret }: NonNullable<Mattermost['spec']['ingress']>,
): object {
  const backend = { service: { name, port: { number: PORT } } };
  return {
    ...(ingressClass !== undefined && { ingressClassName: ingressClass }),
    rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    ...(tlsSecret !== undefined && { tls: [{ hosts: [host], secretName: tlsSecret }] }),
  };
}

function ownerReference({ apiVersion, kind, metadata: { name, uid } }: Mattermost): object {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}
