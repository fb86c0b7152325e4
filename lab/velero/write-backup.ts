import type { ObjectWriter } from '../../src/providers/object-store/contract.ts';
import type { Milliseconds } from '../../src/model/duration.ts';
import { fullName } from '../../src/support/velero-tarball.ts';
import { goDuration } from './go-duration.ts';
import { keptObjects, type PlacedObject } from './kept-objects.ts';
import type { ClusterSite } from './site.ts';
import { time, uidOf } from './stamp.ts';
import { gzip, packObjects } from './tarball.ts';

export interface VeleroBackupOptions {
  /** Velero's bucket. */
  readonly store: ObjectWriter;
  /** Velero's own prefix in it, such as `prod`. */
  readonly prefix?: string;
  readonly site: ClusterSite;
  readonly takenAt: Date;
  readonly ttl: Milliseconds;
  readonly schedule?: string;
  readonly phase?: 'Completed' | 'PartiallyFailed' | 'Failed' | 'InProgress';
  /** For sabotage: changes what is packed; Velero's list still names what should be there. */
  readonly alter?: (objects: PlacedObject[]) => PlacedObject[];
}

export interface WrittenBackup {
  readonly name: string;
  readonly keys: readonly string[];
}

/** Writes what Velero 1.18 would leave in its bucket for the site's namespace, and in the same places. */
export async function writeVeleroBackup(options: VeleroBackupOptions): Promise<WrittenBackup> {
  const { store, prefix = '', site, takenAt, schedule = 'mattermost-daily', phase = 'Completed' } = options;
  const name = `${schedule}-${takenAt.toISOString().replace(/\D/g, '').slice(0, 14)}`;
  const folder = [prefix, 'backups', name].filter(Boolean).join('/');
  const objects = keptObjects(site, takenAt);
  const record = JSON.stringify(createRecord(name, objects.length, { ...options, schedule, phase }), null, 2);
  const files: [file: string, body: Buffer | string, contentType: string][] = [];
  if (phase !== 'InProgress') {
    files.push([
      `${name}.tar.gz`,
      packObjects(options.alter?.(objects) ?? objects, takenAt),
      'application/x-gzip',
    ]);
    for (const [file, body] of companions(name, objects, takenAt, phase))
      files.push([`${name}-${file}`, gzip(body), 'application/x-gzip']);
  }
  // Last: a backup without its record is one that never came to its end.
  files.push(['velero-backup.json', record, 'application/json']);
  for (const [file, body, contentType] of files)
    await store.put(`${folder}/${file}`, Buffer.from(body), { contentType });
  return { name, keys: files.map(([file]) => `${folder}/${file}`) };
}

function companions(
  name: string,
  objects: readonly PlacedObject[],
  at: Date,
  phase: string,
): [file: string, body: string][] {
  const list: Record<string, string[]> = {};
  for (const { object } of objects)
    (list[`${object.apiVersion}/${object.kind}`] ??= []).push(fullName(object));
  const sorted = Object.fromEntries(Object.entries(list).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const errors = phase === 'PartiallyFailed' ? { velero: ['one item could not be backed up'] } : {};
  const log = {
    backup: `velero/${name}`,
    level: 'info',
    msg: `Backed up a total of ${objects.length} items`,
    time: time(at),
  };
  return [
    ['logs.gz', `${JSON.stringify(log)}\n`],
    ['results.gz', `${JSON.stringify({ errors, warnings: {} })}\n`],
    ['resource-list.json.gz', `${JSON.stringify(sorted)}\n`],
    ['itemoperations.json.gz', '[]\n'],
    ['volumeinfo.json.gz', '[]\n'],
    ['podvolumebackups.json.gz', 'null\n'],
    ['volumesnapshots.json.gz', 'null\n'],
  ];
}

type RecordOptions = Pick<Required<VeleroBackupOptions>, 'site' | 'takenAt' | 'ttl' | 'schedule' | 'phase'>;

/** The Backup object: https://velero.io/docs/v1.18/api-types/backup/ */
function createRecord(
  name: string,
  items: number,
  { site, takenAt, ttl, schedule, phase }: RecordOptions,
): object {
  const at = time(takenAt);
  return {
    kind: 'Backup',
    apiVersion: 'velero.io/v1',
    metadata: {
      name,
      namespace: 'velero',
      uid: uidOf(name),
      resourceVersion: '339',
      generation: 7,
      creationTimestamp: at,
      labels: { 'velero.io/schedule-name': schedule, 'velero.io/storage-location': 'default' },
      annotations: {
        'velero.io/resource-timeout': '10m0s',
        'velero.io/source-cluster-k8s-gitversion': 'v1.36.3',
        'velero.io/source-cluster-k8s-major-version': '1',
        'velero.io/source-cluster-k8s-minor-version': '36',
      },
      managedFields: ['velero', 'velero-server'].map((manager) => ({
        manager,
        operation: 'Update',
        apiVersion: 'velero.io/v1',
        time: at,
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': {}, 'f:status': {} },
      })),
    },
    spec: {
      metadata: {},
      includedNamespaces: [site.namespace ?? 'mattermost'],
      excludedClusterScopedResources: ['volumesnapshotcontents.snapshot.storage.k8s.io'],
      excludedNamespaceScopedResources: ['volumesnapshots.snapshot.storage.k8s.io'],
      ttl: goDuration(ttl),
      volumeGroupSnapshotLabelKey: 'velero.io/volume-group',
      hooks: {},
      storageLocation: 'default',
      defaultVolumesToFsBackup: false,
      csiSnapshotTimeout: '10m0s',
      itemOperationTimeout: '4h0m0s',
      snapshotMoveData: false,
    },
    status: {
      version: 1,
      formatVersion: '1.1.0',
      expiration: time(new Date(takenAt.getTime() + ttl)),
      phase,
      startTimestamp: at,
      ...(phase !== 'InProgress' && { completionTimestamp: time(new Date(takenAt.getTime() + 1_000)) }),
      progress: { totalItems: items, itemsBackedUp: phase === 'Completed' ? items : items - 1 },
      ...(phase === 'PartiallyFailed' && { errors: 1 }),
      ...(phase === 'Failed' && { failureReason: 'the object store could not be written' }),
      hookStatus: {},
    },
  };
}
