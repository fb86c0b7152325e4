import { KubeConfig } from '@kubernetes/client-node';
import { DrillError } from '../../model/errors.ts';
import { inBatches } from '../../support/in-batches.ts';
import type { KubernetesObject } from '../../support/velero-tarball.ts';
import { openApiServer, type ApiAnswer, type ApiRequest, type ApiServer } from './api-server.ts';
import type { CallOptions, Cluster, Inventory, KindRef, Right } from './contract.ts';
import type { ClusterOptions } from './index.ts';

/** See `openCluster`. API: https://kubernetes.io/docs/reference/using-api/api-concepts/ */
export function openKubernetes(options: ClusterOptions): Cluster {
  const { config, location } = readKubeconfig(options);
  const ask = openApiServer(config, location);
  /** Group and version → what the server said of it last. */
  const groups = new Map<string, readonly Resource[]>();

  const cluster: Cluster = {
    location,
    async version(options) {
      const { gitVersion = '' } = JSON.parse(await demand('/version', options)) as { gitVersion?: string };
      return gitVersion;
    },
    async missingRights(rights, options) {
      const answers = await inBatches(rights, 8, async (right) => ({
        right,
        ok: await isAllowed(right, options),
      }));
      return answers.filter(({ ok }) => !ok).map(({ right }) => right);
    },
    async hasKind(kind, options) {
      return (await findResource(kind, options)) !== undefined;
    },
    async read(ref, options) {
      const path = await findPath(ref, options);
      if (path === undefined) return undefined;
      const answer = await ask(`${path}/${ref.name}`, options);
      return answer.status === 404 ? undefined : (parse(requireOk(answer, path)) as KubernetesObject);
    },
    async list(kind, options) {
      return listAll(ask, await requirePath(kind, options), kind, options);
    },
    async create(object, options) {
      const { apiVersion, kind, metadata } = object;
      const path = await requirePath({ apiVersion, kind, namespace: metadata.namespace }, options);
      return parse(await demand(path, { ...options, method: 'POST', body: object })) as KubernetesObject;
    },
    async patch(ref, patch, options) {
      const path = `${await requirePath(ref, options)}/${ref.name}`;
      const contentType = 'application/merge-patch+json';
      const body = await demand(path, { ...options, method: 'PATCH', body: patch, contentType });
      return parse(body) as KubernetesObject;
    },
    async remove(ref, options) {
      const path = await findPath(ref, options);
      if (path === undefined) return;
      const body = { propagationPolicy: 'Background' };
      const answer = await ask(`${path}/${ref.name}`, { ...options, method: 'DELETE', body });
      if (answer.status !== 404) requireOk(answer, `${path}/${ref.name}`);
    },
    inventory: (namespace, options) => takeInventory(namespace, options),
    async log({ namespace, name, container }, options) {
      const query = new URLSearchParams({ container });
      return demand(`/api/v1/namespaces/${namespace}/pods/${name}/log?${query}`, options);
    },
    async logTail({ namespace, name, container }, { lines = 20, previous = false, signal } = {}) {
      const query = new URLSearchParams({ container, tailLines: String(lines), previous: String(previous) });
      const answer = await ask(`/api/v1/namespaces/${namespace}/pods/${name}/log?${query}`, { signal });
      // A container that has not started, and one that was never before, has no log.
      return answer.status === 200 ? answer.body : '';
    },
  };
  return cluster;

  async function demand(path: string, request?: ApiRequest): Promise<string> {
    return requireOk(await ask(path, request), path);
  }

  async function isAllowed(
    { verb, group, resource, namespace, name }: Right,
    options?: CallOptions,
  ): Promise<boolean> {
    const [plural = '', subresource] = resource.split('/');
    const review = await cluster.create(
      {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        metadata: { name: '' },
        spec: { resourceAttributes: { verb, group, resource: plural, subresource, namespace, name } },
      },
      options,
    );
    return (review['status'] as { allowed?: boolean } | undefined)?.allowed === true;
  }

  async function resourcesOf(apiVersion: string, options?: CallOptions): Promise<readonly Resource[]> {
    const path = apiPath(apiVersion);
    const answer = await ask(path, options);
    const found =
      answer.status === 404 ? [] : (parse(requireOk(answer, path)) as { resources: Resource[] }).resources;
    groups.set(apiVersion, found);
    return found;
  }

  /** From what was told before, if it is there: a kind that is not may have been defined since. */
  async function findResource(
    { apiVersion, kind }: Pick<KindRef, 'apiVersion' | 'kind'>,
    options?: CallOptions,
  ): Promise<Resource | undefined> {
    const isMeant = (resource: Resource) => resource.kind === kind && !resource.name.includes('/');
    return groups.get(apiVersion)?.find(isMeant) ?? (await resourcesOf(apiVersion, options)).find(isMeant);
  }

  async function findPath(ref: KindRef, options?: CallOptions): Promise<string | undefined> {
    const resource = await findResource(ref, options);
    return resource && pathOf(ref.apiVersion, resource, ref.namespace);
  }

  async function requirePath(ref: KindRef, options?: CallOptions): Promise<string> {
    const path = await findPath(ref, options);
    if (path !== undefined) return path;
    throw new DrillError('CLUSTER_REFUSED', `the cluster knows no ${ref.kind} of ${ref.apiVersion}`, {
      hint: 'Its definition is not installed there, or in another version.',
    });
  }

  async function takeInventory(namespace: string, options?: CallOptions): Promise<Inventory> {
    const { groups: named } = parse(await demand('/apis', options)) as { groups: readonly Group[] };
    const versions = [
      'v1',
      ...named
        .map(({ preferredVersion }) => preferredVersion.groupVersion)
        // Measurements of pods, often out of order, and nothing that anybody makes.
        .filter((version) => !version.includes('metrics.k8s.io/')),
    ];
    const found = await inBatches(versions, 8, async (apiVersion) => {
      const resources = await resourcesOf(apiVersion, options).catch(orRefused);
      if (resources === undefined) return { objects: [], unseen: [apiVersion] };
      const listable = resources.filter(
        ({ namespaced, verbs, name }) => namespaced && verbs.includes('list') && !name.includes('/'),
      );
      return join(
        await inBatches(listable, 4, async (resource): Promise<Inventory> => {
          const kind = { apiVersion, kind: resource.kind, namespace };
          return listAll(ask, pathOf(apiVersion, resource, namespace), kind, options).then(
            (objects) => ({ objects, unseen: [] }),
            (error: unknown) => {
              orRefused(error);
              return { objects: [], unseen: [`${resource.name} of ${apiVersion}`] };
            },
          );
        }),
      );
    });
    return join(found);

    /** What the cluster will not show is told; anything else that goes wrong is an error. */
    function orRefused(error: unknown): undefined {
      options?.signal?.throwIfAborted();
      if (!(error instanceof DrillError) || error.code !== 'CLUSTER_REFUSED') throw error;
    }
  }
}

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

interface Group {
  readonly preferredVersion: { readonly groupVersion: string };
}

function readKubeconfig({ kubeconfig, context }: ClusterOptions) {
  const config = new KubeConfig();
  const from = kubeconfig ?? 'the default kubeconfig';
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (cause) {
    throw new DrillError('CONFIG_INVALID', `${from} cannot be read`, { cause });
  }
  if (context !== undefined) config.setCurrentContext(context);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) {
    const named = config.getContexts().map(({ name }) => name);
    throw new DrillError(
      'CONFIG_INVALID',
      `${from} has no cluster for context "${config.getCurrentContext()}"`,
      { hint: `Its contexts: ${named.join(', ') || 'none'}. Set scratch.context to one of them.` },
    );
  }
  return { config, location: server.replace(/\/$/, '') };
}

/** Pages of 500: a namespace may hold thousands of events. */
async function listAll(
  ask: ApiServer,
  path: string,
  { apiVersion, kind }: KindRef,
  options?: CallOptions,
): Promise<readonly KubernetesObject[]> {
  const found: KubernetesObject[] = [];
  let next = '';
  do {
    const query = new URLSearchParams({ limit: '500', ...(next && { continue: next }) });
    const list = parse(requireOk(await ask(`${path}?${query}`, options), path)) as {
      readonly items: readonly KubernetesObject[] | null;
      readonly metadata?: { readonly continue?: string };
    };
    // Items of a list do not say what they are.
    for (const item of list.items ?? []) found.push({ ...item, apiVersion, kind });
    next = list.metadata?.continue ?? '';
  } while (next !== '');
  return found;
}

function requireOk({ status, body }: ApiAnswer, path: string): string {
  if (status >= 200 && status < 300) return body;
  const { message, reason } = parseStatus(body);
  const hint =
    status === 401 || status === 403
      ? 'docs/kubernetes.md has the role that a drill needs, and how to give it.'
      : undefined;
  throw new DrillError('CLUSTER_REFUSED', `the cluster says no to ${path}: ${message}`, {
    details: { status, reason },
    hint,
  });
}

function parseStatus(body: string): { readonly message: string; readonly reason: string } {
  try {
    const { message = body, reason = '' } = JSON.parse(body) as { message?: string; reason?: string };
    return { message, reason };
  } catch {
    return { message: body.slice(0, 200), reason: '' };
  }
}

function apiPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function pathOf(apiVersion: string, { name, namespaced }: Resource, namespace: string | undefined): string {
  return `${apiPath(apiVersion)}${namespaced && namespace !== undefined ? `/namespaces/${namespace}` : ''}/${name}`;
}

function join(parts: readonly Inventory[]): Inventory {
  return {
    objects: parts.flatMap(({ objects }) => objects),
    unseen: parts.flatMap(({ unseen }) => unseen),
  };
}

const parse = (body: string): unknown => JSON.parse(body);
