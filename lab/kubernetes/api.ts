import {
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  type KubernetesObject,
} from '@kubernetes/client-node';

/** Who the objects belong to that the lab itself makes. */
const MANAGER = 'muster-lab';

/** Whatever fields its kind has. */
export type AnyObject = KubernetesObject & { readonly [field: string]: unknown };

export interface ClusterApi {
  /** Makes an object, or changes it to this. */
  apply(object: AnyObject): Promise<void>;
  /** Undefined when there is no such object. */
  find(apiVersion: string, kind: string, name: string, namespace?: string): Promise<AnyObject | undefined>;
}

/** The API server that a kubeconfig leads to, for what the lab does there. */
export function openApi(kubeconfig: string): ClusterApi {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const objects = KubernetesObjectApi.makeApiClient(config);
  return {
    async apply(object) {
      await objects.patch(object, undefined, undefined, MANAGER, true, PatchStrategy.ServerSideApply);
    },
    async find(apiVersion, kind, name, namespace) {
      const metadata = { name, ...(namespace !== undefined && { namespace }) };
      try {
        return await objects.read<AnyObject>({ apiVersion, kind, metadata });
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 404) return undefined;
        throw error;
      }
    },
  };
}
