import { KubeConfig, PatchStrategy } from '@kubernetes/client-node';
import { openApiServer, type ApiRequest } from '../../src/providers/cluster/api-server.ts';
import type { KubernetesObject } from '../../src/support/velero-tarball.ts';

export interface ClusterApi {
  /** Makes an object, or changes it to this, whoever else has had a say. */
  apply(object: KubernetesObject): Promise<void>;
  /** Undefined when there is no such object. */
  find(
    apiVersion: string,
    kind: string,
    name: string,
    namespace?: string,
  ): Promise<KubernetesObject | undefined>;
  /** Of one namespace, or of all. */
  list(apiVersion: string, kind: string, namespace?: string): Promise<KubernetesObject[]>;
  setStatus(object: KubernetesObject, status: object): Promise<void>;
  /** Begins the deletion of an object of the whole cluster; what is not there is no error. */
  remove(apiVersion: string, kind: string, name: string): Promise<void>;
}

export interface ApiOptions {
  /** Leads to the API server; without it, what a pod is given does. */
  readonly kubeconfig?: string;
  /** Whose fields they are that are applied: the lab's unless told. */
  readonly manager?: string;
}

/**
 * An API server, for what the lab does there. Objects go there as they are: the client's own types would lose a field
 * that has another name in them, such as what a definition says of its schema.
 */
export function openApi({ kubeconfig, manager = 'muster-lab' }: ApiOptions): ClusterApi {
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromCluster();
  else config.loadFromFile(kubeconfig);
  const ask = openApiServer(config, config.getCurrentCluster()?.server ?? '');
  const plurals = new Map<string, string>();
  return {
    async apply(object) {
      const query = new URLSearchParams({ fieldManager: manager, force: 'true' });
      await demand(`${await pathOf(object)}?${query}`, {
        method: 'PATCH',
        contentType: PatchStrategy.ServerSideApply,
        body: object,
      });
    },
    async find(apiVersion, kind, name, namespace) {
      const metadata = { name, ...(namespace !== undefined && { namespace }) };
      const { status, body } = await ask(await pathOf({ apiVersion, kind, metadata }));
      return status === 404 ? undefined : (JSON.parse(requireOk(status, body)) as KubernetesObject);
    },
    async list(apiVersion, kind, namespace) {
      const { items } = JSON.parse(await demand(await folderOf(apiVersion, kind, namespace))) as {
        items: KubernetesObject[];
      };
      // What is in a list does not say what it is.
      return items.map((item) => ({ ...item, apiVersion, kind }));
    },
    async setStatus(object, status) {
      await demand(`${await pathOf(object)}/status`, {
        method: 'PATCH',
        contentType: PatchStrategy.MergePatch,
        body: { status },
      });
    },
    async remove(apiVersion, kind, name) {
      const { status, body } = await ask(await pathOf({ apiVersion, kind, metadata: { name } }), {
        method: 'DELETE',
      });
      if (status !== 404) requireOk(status, body);
    },
  };

  async function pathOf({ apiVersion, kind, metadata }: KubernetesObject): Promise<string> {
    return `${await folderOf(apiVersion, kind, metadata.namespace)}/${metadata.name}`;
  }

  /** https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris */
  async function folderOf(apiVersion: string, kind: string, namespace?: string): Promise<string> {
    const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const within = namespace === undefined ? '' : `/namespaces/${namespace}`;
    const plural = plurals.get(group + kind) ?? (await findPlural(group, kind));
    plurals.set(group + kind, plural);
    return `${group}${within}/${plural}`;
  }

  async function findPlural(group: string, kind: string): Promise<string> {
    const { resources } = JSON.parse(await demand(group)) as {
      resources: { name: string; kind: string }[];
    };
    const found = resources.find((resource) => resource.kind === kind && !resource.name.includes('/'));
    if (!found) throw new Error(`the cluster knows no ${kind} in ${group}`);
    return found.name;
  }

  async function demand(path: string, request?: ApiRequest): Promise<string> {
    const { status, body } = await ask(path, request);
    return requireOk(status, body);
  }
}

/** Whether an object's status says that something holds: `Ready`, `Established`. */
export function hasCondition(object: KubernetesObject | undefined, wanted: string): boolean {
  // A definition that nobody has looked at yet has null there.
  const { conditions } = (object?.['status'] ?? {}) as { conditions?: readonly Condition[] | null };
  return (conditions ?? []).some(({ type, status }) => type === wanted && status === 'True');
}

interface Condition {
  readonly type: string;
  readonly status: string;
}

function requireOk(status: number, body: string): string {
  if (status >= 200 && status < 300) return body;
  throw new Error(`the API server says ${status}: ${body}`);
}
