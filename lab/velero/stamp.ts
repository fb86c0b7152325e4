import { createHash } from 'node:crypto';
import type { KubernetesObject } from '../../src/support/velero-tarball.ts';

/** Kinds whose changes the API server counts. */
const COUNTED = [
  'CronJob',
  'CustomResourceDefinition',
  'Deployment',
  'Ingress',
  'Mattermost',
  'NetworkPolicy',
  'PodDisruptionBudget',
];

/** Gives objects what the API server writes into each one's metadata, the same for the same input. */
export function createStamper(namespace: string, createdAt: Date) {
  const creationTimestamp = time(createdAt);
  let version = 280;
  return (object: KubernetesObject): KubernetesObject => {
    const { apiVersion, kind, metadata, ...body } = object;
    const { status: _, ...declared } = body;
    const changed = Object.keys({ ...declared, ...(metadata.annotations && { metadata }) });
    return sortKeys({
      ...body,
      apiVersion,
      kind,
      metadata: {
        creationTimestamp,
        ...metadata,
        ...(COUNTED.includes(kind) && { generation: 1 }),
        ...(changed.length > 0 && {
          managedFields: [
            {
              apiVersion,
              fieldsType: 'FieldsV1',
              fieldsV1: Object.fromEntries(changed.map((field) => [`f:${field}`, {}])),
              manager: 'kubectl-create',
              operation: 'Update',
              time: creationTimestamp,
            },
          ],
        }),
        resourceVersion: String(++version),
        uid: uidOf(namespace, kind, metadata.name),
      },
    }) as KubernetesObject;
  };
}

/** A version 8 UUID (RFC 9562, 5.8) of what has this name: no two runs differ. */
export function uidOf(...name: readonly string[]): string {
  const hex = createHash('sha256').update(name.join(' ')).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Velero writes objects with their keys in order. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, held]) => [key, sortKeys(held)]),
  );
}

/** Kubernetes writes times to the second. */
export function time(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, 'Z');
}
