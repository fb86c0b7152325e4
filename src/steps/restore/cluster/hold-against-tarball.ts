import { titleOf, type KubernetesObject } from '../../../support/velero-tarball.ts';

/** An object of the copy that is not what the backup says. Names and paths only: values may be secrets. */
export interface Fault {
  readonly object: string;
  readonly is: 'missing' | 'changed' | 'not in the backup';
  /** Where it differs: `data.DB_CONNECTION_STRING`. */
  readonly paths: readonly string[];
}

/**
 * Holds what stands in the scratch namespace against what must stand there. Pure. Velero says Completed of a tarball
 * that was emptied or tampered with, and of objects that it left as an earlier restore had made them.
 */
export function holdAgainstTarball(
  expected: readonly KubernetesObject[],
  found: readonly KubernetesObject[],
): readonly Fault[] {
  const there = new Map(found.map((object) => [titleOf(object), object]));
  const wanted = new Set(expected.map(titleOf));
  return [
    ...expected.flatMap((object): Fault[] => {
      const restored = there.get(titleOf(object));
      if (restored === undefined) return [{ object: titleOf(object), is: 'missing', paths: [] }];
      const paths = differences(essence(object), essence(restored));
      return paths.length === 0 ? [] : [{ object: titleOf(object), is: 'changed', paths }];
    }),
    ...[...there.keys()]
      .filter((title) => !wanted.has(title))
      .map((object): Fault => ({ object, is: 'not in the backup', paths: [] })),
  ];
}

/**
 * What of an object was backed up, without what each cluster gives it anew: ids, times, addresses, status. Of labels
 * and annotations only those that are expected are compared: Velero, controllers and webhooks add their own.
 */
function essence({ metadata, status: _status, ...rest }: KubernetesObject): Json {
  const { labels = {}, annotations = {} } = metadata;
  const object = structuredClone(rest) as Record<string, Json>;
  for (const path of ASSIGNED[object['kind'] as string] ?? []) remove(object, path.split('.'));
  return {
    ...object,
    labels: without(labels, /^velero\.io\//),
    annotations: without(
      annotations,
      /^(?:velero\.io\/|kubectl\.kubernetes\.io\/last-applied|pv\.kubernetes\.io\/)/,
    ),
  };
}

/** Fields that a cluster fills in by itself, and that Velero therefore does not carry over. */
const ASSIGNED: Readonly<Record<string, readonly string[]>> = {
  Service: [
    ...['spec.clusterIP', 'spec.clusterIPs', 'spec.ipFamilies', 'spec.ipFamilyPolicy'],
    ...['spec.healthCheckNodePort', 'spec.ports.*.nodePort'],
  ],
  ServiceAccount: ['secrets', 'imagePullSecrets'],
};

/** Paths at which `seen` is not what was expected. Labels and annotations may have more. */
function differences(expected: Json, seen: Json, path = ''): string[] {
  if (!isRecord(expected) || !isRecord(seen)) {
    if (Array.isArray(expected) && Array.isArray(seen) && expected.length === seen.length)
      return expected.flatMap((item, index) => differences(item, seen[index] as Json, `${path}[${index}]`));
    return JSON.stringify(expected) === JSON.stringify(seen) ? [] : [path];
  }
  const mayHaveMore = path === 'labels' || path === 'annotations';
  const names = Object.keys(mayHaveMore ? expected : { ...expected, ...seen });
  return names.flatMap((name) =>
    differences(expected[name], seen[name], path === '' ? name : `${path}.${name}`),
  );
}

type Json = unknown;

function without(
  entries: Readonly<Record<string, string>>,
  pattern: RegExp,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(entries).filter(([name]) => !pattern.test(name)));
}

function remove(value: Json, [field = '', ...rest]: readonly string[]): void {
  if (field === '*') {
    if (Array.isArray(value)) for (const item of value) remove(item, rest);
  } else if (isRecord(value)) {
    if (rest.length === 0) delete (value as Record<string, Json>)[field];
    else remove(value[field], rest);
  }
}

function isRecord(value: Json): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
