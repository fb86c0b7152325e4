import {
  ApiException,
  CustomObjectsApi,
  KubernetesObjectApi,
  PatchStrategy,
  setHeaderOptions,
  type KubeConfig,
} from '@kubernetes/client-node';
import type { KubernetesObject } from '../../../../src/support/velero-tarball.ts';

export type ClusterApi = ReturnType<typeof openClusterApi>;

export interface ObjectName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** The few things that the lab asks of an API server, as whoever changes it. */
export function openClusterApi(config: KubeConfig, manager: string) {
  const objects = KubernetesObjectApi.makeApiClient(config);
  const custom = config.makeApiClient(CustomObjectsApi);
  return {
    /** Makes an object, or changes it to what is given: server-side apply, whoever else has had a say. */
    async apply(object: KubernetesObject): Promise<KubernetesObject> {
      const applied = await objects.patch(
        object as never,
        undefined,
        undefined,
        manager,
        true,
        PatchStrategy.ServerSideApply,
      );
      return applied as unknown as KubernetesObject;
    },

    async read(name: ObjectName): Promise<KubernetesObject | undefined> {
      try {
        return (await objects.read(name as never)) as unknown as KubernetesObject;
      } catch (cause) {
        if (cause instanceof ApiException && cause.code === 404) return undefined;
        throw cause;
      }
    },

    /** Of one namespace, or of all. */
    async list(apiVersion: string, kind: string, namespace?: string): Promise<KubernetesObject[]> {
      const { items } = await objects.list(apiVersion, kind, namespace);
      // The API server leaves these out of what is in a list.
      return items.map((item) => ({ ...item, apiVersion, kind }) as unknown as KubernetesObject);
    },

    async setStatus(
      { apiVersion, metadata }: KubernetesObject,
      plural: string,
      status: object,
    ): Promise<void> {
      const [group = '', version = ''] = apiVersion.split('/');
      const { name, namespace = 'default' } = metadata;
      await custom.patchNamespacedCustomObjectStatus(
        { group, version, namespace, plural, name, body: { status } },
        setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
      );
    },
  };
}
