import {
  ApiException,
  CustomObjectsApi,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  setHeaderOptions,
} from '@kubernetes/client-node';
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
  /** Of a custom resource, by its kind's plural. */
  setStatus(object: KubernetesObject, plural: string, status: object): Promise<void>;
}

export interface ApiOptions {
  /** Leads to the API server; without it, what a pod is given does. */
  readonly kubeconfig?: string;
  /** Whose fields they are that are applied: the lab's unless told. */
  readonly manager?: string;
}

/** An API server, for what the lab does there. */
export function openApi({ kubeconfig, manager = 'muster-lab' }: ApiOptions): ClusterApi {
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromCluster();
  else config.loadFromFile(kubeconfig);
  const objects = KubernetesObjectApi.makeApiClient(config);
  const custom = config.makeApiClient(CustomObjectsApi);
  return {
    async apply(object) {
      const { ServerSideApply } = PatchStrategy;
      await objects.patch(asClients(object), undefined, undefined, manager, true, ServerSideApply);
    },
    async find(apiVersion, kind, name, namespace) {
      const metadata = { name, ...(namespace !== undefined && { namespace }) };
      try {
        return (await objects.read({ apiVersion, kind, metadata })) as unknown as KubernetesObject;
      } catch (error) {
        if (error instanceof ApiException && error.code === 404) return undefined;
        throw error;
      }
    },
    async list(apiVersion, kind, namespace) {
      const { items } = await objects.list(apiVersion, kind, namespace);
      // What is in a list does not say what it is.
      return items.map((item) => ({ ...item, apiVersion, kind }) as unknown as KubernetesObject);
    },
    async setStatus({ apiVersion, metadata: { name, namespace = 'default' } }, plural, status) {
      const [group = '', version = ''] = apiVersion.split('/');
      await custom.patchNamespacedCustomObjectStatus(
        { group, version, namespace, plural, name, body: { status } },
        setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
      );
    },
  };
}

/** The client's own type has no fields but these. */
function asClients(object: KubernetesObject): { apiVersion: string; kind: string } {
  return object;
}
