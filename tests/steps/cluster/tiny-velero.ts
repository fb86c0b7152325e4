import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, ObjectRef } from '../../../src/providers/cluster/index.ts';
import { DrillError } from '../../../src/model/errors.ts';
import { mergePatch } from '../../../src/support/merge-patch.ts';
import type { KubernetesObject, Tarball } from '../../../src/support/velero-tarball.ts';

export interface TinyVeleroOptions {
  readonly cluster: Cluster;
  readonly version?: string;
  /** What a Restore restores. */
  readonly tarball?: Tarball;
  /** What becomes of an object on its way into the cluster; undefined: it is left out, and nobody is told. */
  readonly meddle?: (object: KubernetesObject) => KubernetesObject | undefined;
  /** The phase that a Restore ends with, whatever was done. */
  readonly phase?: string;
}

/**
 * Does in a real API server what Velero's server does there as far as a drill sees it: answers to a status request, and
 * makes a Restore's objects, changed by its modifiers, without touching those that are there.
 */
export function startTinyVelero(options: TinyVeleroOptions): AsyncDisposable {
  let isEnded = false;
  const working = (async () => {
    while (!isEnded) {
      await work(options).catch((error: unknown) => {
        if (!(error instanceof DrillError)) throw error;
      });
      await sleep(50);
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      isEnded = true;
      await working;
    },
  };
}

const API = { apiVersion: 'velero.io/v1', namespace: 'velero' };

async function work({ cluster, version = 'v1.18.3', ...options }: TinyVeleroOptions): Promise<void> {
  for (const request of await cluster.list({ ...API, kind: 'ServerStatusRequest' })) {
    if (request['status'] === undefined)
      await cluster.patch(refOf(request), { status: { phase: 'Processed', serverVersion: version } });
  }
  for (const restore of await cluster.list({ ...API, kind: 'Restore' })) {
    if (restore['status'] !== undefined) continue;
    await cluster.patch(refOf(restore), { status: { phase: 'InProgress' } });
    const status = await restoreAll(cluster, restore, options);
    await cluster.patch(refOf(restore), { status });
  }
}

interface RestoreSpec {
  readonly includedNamespaces: readonly string[];
  readonly namespaceMapping: Readonly<Record<string, string>>;
  readonly excludedResources: readonly string[];
  readonly resourceModifier: { readonly name: string };
}

interface Rule {
  readonly conditions: { readonly groupResource: string; readonly resourceNameRegex: string };
  readonly mergePatches: readonly { readonly patchData: string }[];
}

async function restoreAll(
  cluster: Cluster,
  restore: KubernetesObject,
  { tarball, meddle = (object) => object, phase = 'Completed' }: Omit<TinyVeleroOptions, 'cluster'>,
): Promise<object> {
  const spec = restore['spec'] as RestoreSpec;
  const [from = ''] = spec.includedNamespaces;
  const to = spec.namespaceMapping[from] ?? from;
  const map = await cluster.read({
    ...API,
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: spec.resourceModifier.name,
  });
  const { 'modifiers.yaml': text = '{}' } = (map?.['data'] ?? {}) as Record<string, string>;
  const { resourceModifierRules } = JSON.parse(text) as { resourceModifierRules: readonly Rule[] };
  let warnings = 0;
  let itemsRestored = 0;
  for (const original of tarball?.objects ?? []) {
    const resource = tarball?.resources[`${original.apiVersion}/${original.kind}`] ?? '';
    if (original.metadata.namespace !== from || spec.excludedResources.includes(resource)) continue;
    const patched = resourceModifierRules
      .filter(
        ({ conditions }) =>
          conditions.groupResource === resource &&
          new RegExp(conditions.resourceNameRegex).test(original.metadata.name),
      )
      .flatMap(({ mergePatches }) => mergePatches)
      .reduce<unknown>((object, { patchData }) => mergePatch(object, JSON.parse(patchData)), original);
    const object = meddle(carried(patched as KubernetesObject, from, to, restore.metadata.name));
    if (object === undefined) continue;
    await cluster.create(object).then(
      () => (itemsRestored += 1),
      () => (warnings += 1),
    );
  }
  return { phase, warnings, progress: { itemsRestored, totalItems: itemsRestored } };
}

/** Without what belongs to the cluster it comes from: https://velero.io/docs/v1.18/restore-reference/ */
function carried(object: KubernetesObject, from: string, to: string, restore: string): KubernetesObject {
  const {
    metadata,
    status: _status,
    ...rest
  } = structuredClone(object) as KubernetesObject & Record<string, never>;
  const { name, labels, annotations } = metadata;
  const spec = { ...(rest['spec'] as Record<string, unknown> | undefined) };
  delete spec['clusterIP'];
  delete spec['clusterIPs'];
  const subjects = rest['subjects'] as readonly { namespace?: string }[] | undefined;
  return {
    ...(rest as unknown as KubernetesObject),
    metadata: {
      name,
      namespace: to,
      labels: { ...labels, 'velero.io/restore-name': restore },
      ...(annotations && { annotations }),
    },
    ...(rest['spec'] !== undefined && { spec }),
    ...(subjects && {
      subjects: subjects.map((one) => (one.namespace === from ? { ...one, namespace: to } : one)),
    }),
  };
}

function refOf({ apiVersion, kind, metadata }: KubernetesObject): ObjectRef {
  return { apiVersion, kind, name: metadata.name, namespace: metadata.namespace };
}
