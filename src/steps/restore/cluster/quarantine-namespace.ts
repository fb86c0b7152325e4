import type { CallOptions, Cluster } from '../../../providers/cluster/index.ts';
import type { KubernetesObject } from '../../../support/velero-tarball.ts';
import { RUN_LABEL } from '../../cluster/scratch-cluster.ts';
import { wholeInventory } from '../../cluster/whole-inventory.ts';
import { scanValues, type Scan } from '../quarantine/places.ts';
import { leaves, type ProductionAddresses } from '../quarantine/production-addresses.ts';
import { isMadeInEveryNamespace } from './left-out.ts';

const QUARANTINED = 'quarantined';
/** Nodes pull images with these. They must stay JSON, and the copy itself never sees them. */
const PULL_SECRETS = ['kubernetes.io/dockerconfigjson', 'kubernetes.io/dockercfg'];

/**
 * Takes production's secrets out of the scratch namespace, and its addresses out of config maps: what the copy needs of
 * them is the scratch's own. They were held against the backup before. Resolves to how many objects were changed.
 */
export async function quarantineNamespace(
  cluster: Cluster,
  namespace: string,
  addresses: ProductionAddresses,
  options: CallOptions,
): Promise<number> {
  let changed = 0;
  for (const object of await settingsOf(cluster, namespace, options)) {
    const data = textsOf(object);
    const patch = object.kind === 'Secret' ? wiped(data) : rewritten(data, addresses);
    if (Object.keys(patch).length === 0) continue;
    const { apiVersion, kind, metadata } = object;
    await cluster.patch({ apiVersion, kind, name: metadata.name, namespace }, { data: patch }, options);
    changed += 1;
  }
  return changed;
}

/** Looks for production's addresses in everything that stands in the namespace, as if nothing had been done. */
export async function scanNamespace(
  cluster: Cluster,
  namespace: string,
  addresses: ProductionAddresses,
  options: CallOptions,
): Promise<readonly Scan[]> {
  const objects = await wholeInventory(cluster, namespace, options);
  return objects.filter(isOfTheCopy).map((object) => {
    const { kind, metadata } = object;
    const values =
      kind === 'Secret' || kind === 'ConfigMap'
        ? textsOf(object)
        : Object.fromEntries(leaves({ spec: object['spec'] }).map(({ path, value }) => [path, value]));
    return scanValues(`${kind} ${metadata.name}`, values, addresses);
  });
}

async function settingsOf(
  cluster: Cluster,
  namespace: string,
  options: CallOptions,
): Promise<readonly KubernetesObject[]> {
  const kinds = ['Secret', 'ConfigMap'].map((kind) =>
    cluster.list({ apiVersion: 'v1', kind, namespace }, options),
  );
  return (await Promise.all(kinds)).flat().filter(isOfTheCopy);
}

function isOfTheCopy(object: KubernetesObject): boolean {
  return (
    object.metadata.labels?.[RUN_LABEL] === undefined &&
    object.kind !== 'Event' &&
    !isMadeInEveryNamespace(object) &&
    !PULL_SECRETS.includes(String(object['type']))
  );
}

function wiped(data: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const value = Buffer.from(QUARANTINED).toString('base64');
  return Object.fromEntries(
    Object.entries(data)
      .filter(([, text]) => text !== QUARANTINED)
      .map(([key]) => [key, value]),
  );
}

function rewritten(
  data: Readonly<Record<string, string>>,
  addresses: ProductionAddresses,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(data)
      .filter(([, text]) => addresses.find(text).length > 0)
      .map(([key, text]) => [key, addresses.replace(text)]),
  );
}

/** Key → value, decoded. */
function textsOf(object: KubernetesObject): Readonly<Record<string, string>> {
  const data = (object['data'] ?? {}) as Readonly<Record<string, string>>;
  if (object.kind !== 'Secret') return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}
