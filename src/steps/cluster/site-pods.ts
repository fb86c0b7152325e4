import type { CallOptions, Cluster, ObjectRef } from '../../providers/cluster/index.ts';
import { RUN_LABEL } from './scratch-cluster.ts';
import type { KubernetesObject } from '../../support/velero-tarball.ts';

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef?: KeyRef; readonly configMapKeyRef?: KeyRef };
  }[];
}

interface KeyRef {
  readonly name: string;
  readonly key: string;
}

export interface ContainerState {
  readonly name: string;
  readonly ready: boolean;
  readonly restarts: number;
  /** Why it does not run: `CrashLoopBackOff: back-off 40s restarting failed container`; '' while it does. */
  readonly waiting: string;
}

export interface SitePod {
  readonly name: string;
  readonly phase: string;
  readonly containers: readonly Container[];
  readonly states: readonly ContainerState[];
  /** Folders of the node that it sees. */
  readonly nodeFolders: readonly string[];
  /** Why it cannot be placed on a node; '' when it can. */
  readonly unscheduled: string;
}

interface Site {
  readonly namespace: string;
  readonly name: string;
}

export const siteRef = ({ namespace, name }: Site): ObjectRef => ({
  apiVersion: 'installation.mattermost.com/v1beta1',
  kind: 'Mattermost',
  namespace,
  name,
});

/** The pods that the operator runs for a site. */
export async function sitePods(
  cluster: Cluster,
  site: Site,
  options?: CallOptions,
): Promise<readonly SitePod[]> {
  return (await namespacePods(cluster, site, options)).pods;
}

/** The site's pods, and the names of those in its namespace that are neither its own nor made by a drill. */
export async function namespacePods(
  cluster: Cluster,
  { namespace, name }: Site,
  options?: CallOptions,
): Promise<{ readonly pods: readonly SitePod[]; readonly strangers: readonly string[] }> {
  const all = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace }, options);
  const isOfSite = ({ metadata }: KubernetesObject) => metadata.labels?.[INSTALLATION] === name;
  return {
    pods: all.filter(isOfSite).map(readPod),
    strangers: all
      .filter((pod) => !isOfSite(pod) && pod.metadata.labels?.[RUN_LABEL] === undefined)
      .map(({ metadata }) => metadata.name),
  };
}

/** The operator labels the pods of a site with its name. */
const INSTALLATION = 'installation.mattermost.com/installation';

function readPod(object: KubernetesObject): SitePod {
  const { containers = [], volumes = [] } = object['spec'] as {
    containers?: readonly Container[];
    volumes?: readonly { readonly hostPath?: { readonly path: string } }[];
  };
  const { phase = '', containerStatuses = [], conditions = [] } = (object['status'] ?? {}) as PodStatus;
  const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  return {
    name: object.metadata.name,
    phase,
    containers,
    states: containerStatuses.map(({ name, ready, restartCount, state: { waiting } = {} }) => ({
      name,
      ready,
      restarts: restartCount,
      waiting: waiting === undefined ? '' : [waiting.reason, waiting.message].filter(Boolean).join(': '),
    })),
    nodeFolders: volumes.flatMap(({ hostPath }) => (hostPath === undefined ? [] : [hostPath.path])),
    unscheduled: unscheduled?.message ?? '',
  };
}

interface PodStatus {
  readonly phase?: string;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly message?: string;
  }[];
  readonly containerStatuses?: readonly {
    readonly name: string;
    readonly ready: boolean;
    readonly restartCount: number;
    readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
  }[];
}
