import type { KubernetesObject } from '../../src/support/velero-tarball.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Fills in what the API server fills in. */
export function withDefaults(object: KubernetesObject): KubernetesObject {
  const fill = DEFAULTS[object.kind];
  return fill ? { ...object, ...fill(object) } : object;
}

const DEFAULTS: Readonly<Record<string, (object: KubernetesObject) => object>> = {
  Namespace: ({ metadata }) => ({
    metadata: {
      ...metadata,
      labels: { 'kubernetes.io/metadata.name': metadata.name, ...metadata.labels },
    },
    spec: { finalizers: ['kubernetes'] },
  }),
  Service: (object) => ({
    spec: {
      clusterIP: '10.96.0.213',
      clusterIPs: ['10.96.0.213'],
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      sessionAffinity: 'None',
      type: 'ClusterIP',
      ...fields(object, 'spec'),
    },
  }),
  Deployment: (object) => ({
    metadata: { ...object.metadata, annotations: { 'deployment.kubernetes.io/revision': '1' } },
    spec: {
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' }, type: 'RollingUpdate' },
      ...withPodDefaults(fields(object, 'spec')),
    },
  }),
  CronJob: (object) => {
    const spec = fields(object, 'spec');
    const template = fields(spec, 'jobTemplate');
    return {
      spec: {
        concurrencyPolicy: 'Allow',
        failedJobsHistoryLimit: 1,
        successfulJobsHistoryLimit: 3,
        suspend: false,
        ...spec,
        jobTemplate: { metadata: {}, ...template, spec: withPodDefaults(fields(template, 'spec')) },
      },
    };
  },
  CustomResourceDefinition: ({ metadata, spec }) => ({
    metadata: {
      ...metadata,
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `${JSON.stringify({ spec })}\n` },
    },
    spec: { conversion: { strategy: 'None' }, ...(spec as Fields) },
  }),
  PersistentVolumeClaim: (object) => ({
    spec: { volumeMode: 'Filesystem', volumeName: 'pv-mattermost', ...fields(object, 'spec') },
  }),
};

/** Of whatever has a pod template. */
function withPodDefaults(spec: Fields): Fields {
  const template = fields(spec, 'template');
  const pod = fields(template, 'spec');
  const { serviceAccountName } = pod;
  return {
    ...spec,
    template: {
      metadata: {},
      ...template,
      spec: {
        dnsPolicy: 'ClusterFirst',
        restartPolicy: 'Always',
        schedulerName: 'default-scheduler',
        securityContext: {},
        terminationGracePeriodSeconds: 30,
        ...(serviceAccountName !== undefined && { serviceAccount: serviceAccountName }),
        ...pod,
        containers: (pod['containers'] as Fields[]).map(withContainerDefaults),
      },
    },
  };
}

function withContainerDefaults(container: Fields): Fields {
  return {
    imagePullPolicy: 'IfNotPresent',
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    ...Object.fromEntries(
      Object.entries(container).map(([name, value]) =>
        name.endsWith('Probe') ? [name, withProbeDefaults(value as Fields)] : [name, value],
      ),
    ),
  };
}

function withProbeDefaults(probe: Fields): Fields {
  return {
    failureThreshold: 3,
    periodSeconds: 10,
    successThreshold: 1,
    timeoutSeconds: 1,
    ...probe,
    httpGet: { scheme: 'HTTP', ...fields(probe, 'httpGet') },
  };
}

function fields(object: object, name: string): Fields {
  return ((object as Fields)[name] ?? {}) as Fields;
}
