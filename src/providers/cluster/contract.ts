import type { MergePatch } from '../../support/merge-patch.ts';
import type { KubernetesObject } from '../../support/velero-tarball.ts';

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Where an object is. Without a namespace: one of the whole cluster. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
}

export type KindRef = Omit<ObjectRef, 'name'>;

export interface ContainerRef {
  readonly namespace: string;
  /** Of the pod. */
  readonly name: string;
  readonly container: string;
}

/** Something that we have to be allowed to do. */
export interface Right {
  readonly verb: string;
  /** '' for the core group. */
  readonly group: string;
  /** `pods`, or `pods/log`. */
  readonly resource: string;
  readonly namespace?: string | undefined;
  /** Of one object alone. */
  readonly name?: string | undefined;
}

/** Every object of a namespace that could be listed, and what could not be. */
export interface Inventory {
  readonly objects: readonly KubernetesObject[];
  /** Resources that we may not list, or that do not answer: `secrets (403)`. */
  readonly unseen: readonly string[];
}

/**
 * A cluster's API server. All methods reject with CLUSTER_UNREACHABLE where it does not answer, and with
 * CLUSTER_REFUSED where it says no.
 */
export interface Cluster {
  /** For people and evidence: the server's address, without credentials. */
  readonly location: string;
  /** "v1.36.3" */
  version(options?: CallOptions): Promise<string>;
  /** Those of the rights that we do not have. */
  missingRights(rights: readonly Right[], options?: CallOptions): Promise<readonly Right[]>;
  /** Whether the server knows the kind at all: its definition may not be installed. */
  hasKind(kind: Pick<KindRef, 'apiVersion' | 'kind'>, options?: CallOptions): Promise<boolean>;
  /** Resolves to undefined for what is not there, a kind that is not installed included. */
  read(ref: ObjectRef, options?: CallOptions): Promise<KubernetesObject | undefined>;
  /** Of one namespace, or of the whole cluster. */
  list(kind: KindRef, options?: CallOptions): Promise<readonly KubernetesObject[]>;
  create(object: KubernetesObject, options?: CallOptions): Promise<KubernetesObject>;
  /** JSON merge patch. */
  patch(ref: ObjectRef, patch: MergePatch, options?: CallOptions): Promise<KubernetesObject>;
  /** Begins the deletion; what was not there is no error. */
  remove(ref: ObjectRef, options?: CallOptions): Promise<void>;
  inventory(namespace: string, options?: CallOptions): Promise<Inventory>;
  /** All that the node still has of a container's log. */
  log(pod: ContainerRef, options?: CallOptions): Promise<string>;
  /** The end of a container's log; of the container before it with `previous`. Empty when there is none. */
  logTail(
    pod: ContainerRef,
    options?: CallOptions & { readonly lines?: number; readonly previous?: boolean },
  ): Promise<string>;
}
