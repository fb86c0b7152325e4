import type { MergePatch } from '../../../support/merge-patch.ts';
import type { KubernetesObject } from '../../../support/velero-tarball.ts';
import { isSecret } from '../../../support/velero-settings.ts';
import { OWN } from '../../cluster/own-names.ts';

/** What keeps the copy still until it is quarantined, and away from production. */
export interface Holding {
  /** The name that people type. */
  readonly host: string;
  readonly ingressClass?: string | undefined;
  readonly image?: string | undefined;
  readonly version?: string | undefined;
  /** What one replica asks for and may use. */
  readonly resources: { readonly cpu: string; readonly memory: string };
  /** Undefined: the copy's files are on a volume, as the site's were. */
  readonly bucket: { readonly url: string; readonly name: string } | undefined;
  readonly hasLicence: boolean;
  /** Variables that win over those of the site. None of them is secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** Puts names that reach nothing in the place of production's. */
  readonly replace: (text: string) => string;
}

/** What Velero is to change in an object while it restores it; undefined: nothing. */
export function patchFor(object: KubernetesObject, holding: Holding): MergePatch | undefined {
  const annotations = dangerousAnnotations(object);
  const spec = patchSpec(object, holding);
  if (annotations === undefined && spec === undefined) return undefined;
  return { ...(annotations && { metadata: { annotations } }), ...(spec && { spec }) };
}

/** Roles of production, and orders to make names of it. */
const DANGEROUS =
  /^(?:external-dns\.|eks\.amazonaws\.com\/role-arn|azure\.workload\.identity\/|iam\.gke\.io\/)/;

function dangerousAnnotations({ metadata }: KubernetesObject): MergePatch | undefined {
  const found = Object.keys(metadata.annotations ?? {}).filter((name) => DANGEROUS.test(name));
  return found.length === 0 ? undefined : Object.fromEntries(found.map((name) => [name, null]));
}

function patchSpec(object: KubernetesObject, holding: Holding): MergePatch | undefined {
  const spec = (object['spec'] ?? {}) as Readonly<Record<string, unknown>>;
  switch (object.kind) {
    case 'Mattermost':
      return patchSite(spec, holding);
    case 'Deployment':
    case 'StatefulSet':
      return { replicas: 0 };
    case 'CronJob':
      return { suspend: true };
    case 'Service':
      // No load balancer of the cloud, and no port of the nodes.
      return ['LoadBalancer', 'NodePort'].includes(String(spec['type']))
        ? {
            type: 'ClusterIP',
            ...Object.fromEntries(
              OUTSIDE_ONLY.filter((field) => field in spec).map((field) => [field, null]),
            ),
          }
        : undefined;
    default:
      return undefined;
  }
}

/** Fields that a Service may have only where it is reached from outside. */
const OUTSIDE_ONLY = [
  ...['loadBalancerIP', 'loadBalancerClass', 'loadBalancerSourceRanges', 'allocateLoadBalancerNodePorts'],
  ...['externalTrafficPolicy', 'healthCheckNodePort'],
];

/**
 * Fields: https://github.com/mattermost/mattermost-operator, apis/mattermost/v1beta1/mattermost_types.go. What the
 * secrets hold that it names here is put there later: until then, nothing can start with them.
 */
function patchSite(spec: Readonly<Record<string, unknown>>, holding: Holding): MergePatch {
  const { host, ingressClass, image, version, resources, bucket, hasLicence } = holding;
  return {
    replicas: 0,
    ...(image !== undefined && { image }),
    ...(version !== undefined && { version }),
    ingressName: null,
    useServiceLoadBalancer: null,
    awsLoadBalancerController: null,
    ingress: {
      ...{ enabled: true, host, hosts: null, annotations: null, tlsSecret: OWN.tls },
      ...(ingressClass !== undefined && { ingressClass }),
    },
    database: { disableReadinessCheck: true, operatorManaged: null, external: { secret: OWN.database } },
    fileStore: {
      ...{ local: null, operatorManaged: null },
      ...(bucket === undefined
        ? { external: null }
        : {
            externalVolume: null,
            external: { url: bucket.url, bucket: bucket.name, secret: OWN.files, useServiceAccount: null },
          }),
    },
    licenseSecret: hasLicence ? OWN.licence : null,
    elasticSearch: null,
    // Containers that run before or beside the server.
    podExtensions: null,
    scheduling: { resources: { requests: resources, limits: resources } },
    mattermostEnv: heldEnvironment(spec['mattermostEnv'], holding),
  };
}

/** The site's own variables without its secrets and without production's addresses, and ours over them. */
function heldEnvironment(own: unknown, { environment, replace }: Holding): readonly unknown[] {
  const entries = Array.isArray(own)
    ? (own as readonly { readonly name?: string; readonly value?: string }[])
    : [];
  return [
    ...entries
      .filter(({ name = '', value = '' }) => !(name in environment) && !isSecret(name, value))
      .map((entry) => (entry.value === undefined ? entry : { ...entry, value: replace(entry.value) })),
    ...Object.entries(environment).map(([name, value]) => ({ name, value })),
  ];
}
