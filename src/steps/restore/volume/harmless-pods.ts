import type { MergePatch } from '../../../support/merge-patch.ts';
import type { KubernetesObject } from '../../../support/velero-tarball.ts';

/** The name of the one container of a pod that was made harmless. */
export const CONTAINER = 'files';
const MOUNT = '/files';

export interface HarmlessPod {
  readonly image: string;
  /** In place of the pod's own: nothing that selects pods of production's is to find it. */
  readonly labels: Readonly<Record<string, string>>;
  /** What is run in place of the site: it finds the volume at its working directory. */
  readonly script: string;
  /** The pod's name for the volume; undefined: of this pod nothing is wanted. */
  readonly volume: string | undefined;
}

/**
 * Velero fills a volume only through a pod that it restores. This patch (a strategic merge patch, as
 * https://velero.io/docs/v1.18/restore-resource-modifiers/ has them) leaves of it what the volume needs: its place, its
 * user, and the container that Velero itself puts first. Everything of the site goes before the pod is made.
 */
export function harmlessPod(pod: KubernetesObject, options: HarmlessPod): MergePatch {
  const { image, labels, script, volume } = options;
  const spec = (pod['spec'] ?? {}) as PodSpec;
  const mine = { name: volume, mountPath: MOUNT, readOnly: true };
  return {
    metadata: { labels: { $patch: 'replace', ...labels }, annotations: null, finalizers: null },
    spec: {
      ...Object.fromEntries(OF_PRODUCTION.filter((field) => field in spec).map((field) => [field, null])),
      serviceAccountName: 'default',
      automountServiceAccountToken: false,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      containers: [
        { $patch: 'replace' },
        {
          name: CONTAINER,
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['sh', '-c', volume === undefined ? 'true' : script],
          ...(volume !== undefined && { workingDir: MOUNT, volumeMounts: [mine] }),
          ...(spec.containers?.[0]?.securityContext && {
            securityContext: spec.containers[0].securityContext,
          }),
        },
      ],
      ...deleted('initContainers', spec.initContainers),
      // Velero saves what a pod keeps to itself, too, and waits until that is back.
      ...deleted(
        'volumes',
        spec.volumes?.filter(({ name, emptyDir }) => name !== volume && emptyDir === undefined),
      ),
    },
  };
}

/** Where a pod ran, what it asked for and who it was. */
const OF_PRODUCTION = [
  ...['serviceAccount', 'imagePullSecrets', 'nodeSelector', 'affinity', 'topologySpreadConstraints'],
  ...['hostNetwork', 'hostPID', 'hostIPC', 'hostAliases', 'readinessGates', 'ephemeralContainers'],
  ...['schedulerName', 'priorityClassName', 'priority', 'preemptionPolicy', 'resourceClaims', 'overhead'],
];

interface Named {
  readonly name: string;
}

interface PodSpec {
  readonly containers?: readonly (Named & { readonly securityContext?: object })[];
  readonly initContainers?: readonly Named[];
  readonly volumes?: readonly (Named & { readonly emptyDir?: object })[];
}

function deleted(field: string, entries: readonly Named[] = []): MergePatch {
  if (entries.length === 0) return {};
  return { [field]: entries.map(({ name }) => ({ name, $patch: 'delete' })) };
}
