import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DrillError } from '../model/errors.ts';
import { readSettings, type ClusterSettings } from './velero-settings.ts';
import { damaged, readTarball, titleOf, type KubernetesObject, type Tarball } from './velero-tarball.ts';
import { describeClaims, type ClaimedVolume, type VolumeRecord } from './velero-volumes.ts';

export type { ClusterSettings } from './velero-settings.ts';

/** Where Velero's bucket is read from. Every object reader will do. */
export interface VeleroStore {
  readonly location: string;
  list(
    prefix: string,
    options?: CallOptions,
  ): AsyncIterable<{ readonly key: string; readonly modifiedAt: Date }>;
  open(key: string, options?: CallOptions): Promise<Readable>;
}

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface VeleroOptions extends CallOptions {
  /** Velero's own prefix inside the store. */
  readonly prefix?: string | undefined;
}

export interface VeleroBackup {
  readonly name: string;
  /** Velero's own word (`Completed`, `PartiallyFailed`, …), or `Unreadable` when the backup's record cannot be read. */
  readonly phase: string;
  /** Why it is unreadable, or what Velero gave as the reason of a failure. */
  readonly problem: string | null;
  readonly schedule: string | null;
  /** Empty: all namespaces. */
  readonly namespaces: readonly string[];
  readonly excludedNamespaces: readonly string[];
  /** ISO 8601. The moment of the backup: what changed later may not be in it. */
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly expiresAt: string | null;
  readonly itemsBackedUp: number | null;
  readonly itemsTotal: number | null;
  readonly errors: number;
  readonly warnings: number;
  /** Of Kubernetes, where it was made: "v1.36.3". */
  readonly clusterVersion: string | null;
}

export interface FindOptions extends VeleroOptions {
  readonly schedule?: string | undefined;
  /** Only backups that hold this namespace. */
  readonly namespace?: string | undefined;
}

/**
 * Every backup in the bucket, newest first. One whose record is missing or damaged is in the list as `Unreadable`,
 * whatever was asked for: it may be the newest. Rejects with STORE_UNREADABLE.
 */
export async function findVeleroBackups(
  store: VeleroStore,
  options: FindOptions = {},
): Promise<VeleroBackup[]> {
  const { schedule, namespace, signal } = options;
  const folder = folderOf(options);
  const newestChange = new Map<string, Date>();
  for await (const { key, modifiedAt } of store.list(folder, { signal })) {
    const name = key.slice(folder.length).split('/')[0] ?? '';
    const known = newestChange.get(name);
    if (!known || modifiedAt > known) newestChange.set(name, modifiedAt);
  }
  const found: { readonly backup: VeleroBackup; readonly at: string }[] = [];
  for (const [name, changed] of newestChange) {
    const backup = await readRecord(store, name, options).catch((error: unknown) => unreadable(name, error));
    const asked =
      backup.phase === 'Unreadable' ||
      ((schedule === undefined || backup.schedule === schedule) &&
        (namespace === undefined || holds(backup, namespace)));
    if (asked) found.push({ backup, at: backup.startedAt ?? changed.toISOString() });
  }
  return found.toSorted((a, b) => b.at.localeCompare(a.at)).map(({ backup }) => backup);
}

function holds({ namespaces, excludedNamespaces }: VeleroBackup, namespace: string): boolean {
  return (
    (namespaces.length === 0 || namespaces.includes(namespace)) && !excludedNamespaces.includes(namespace)
  );
}

export interface VeleroContents {
  readonly backup: VeleroBackup;
  readonly tarball: {
    readonly key: string;
    readonly size: number;
    readonly sha256: string;
    readonly formatVersion: string;
  };
  /** `apps/v1/Deployment mattermost/chat`, for every object in the tarball. */
  readonly objects: readonly string[];
  /** The tarball against Velero's own list of what it had put there. Undefined when that list does not exist. */
  readonly agreement:
    { readonly missing: readonly string[]; readonly unlisted: readonly string[] } | undefined;
  /** Every claim of the tarball, with what became of its data. Undefined when Velero left no record of volumes. */
  readonly volumes: readonly ClaimedVolume[] | undefined;
}

/**
 * Reads the tarball to its end and holds it against Velero's list. Rejects with BACKUP_MISSING when the backup or
 * its tarball is not there, and with BACKUP_UNREADABLE when it is damaged: Velero itself does not notice.
 */
export async function readVeleroBackup(
  store: VeleroStore,
  name: string,
  options: VeleroOptions = {},
): Promise<VeleroContents> {
  const backup = await readRecord(store, name, options);
  const key = tarballKey(name, options);
  const tarball = await openTarball(store, name, options);
  const objects = tarball.objects.map(titleOf).toSorted();
  const listed = await readResourceList(store, name, options);
  const volumes = await readClaims(store, name, tarball.objects, options);
  const { size, sha256, formatVersion } = tarball;
  return {
    backup,
    tarball: { key, size, sha256, formatVersion },
    objects,
    agreement: listed && compare(objects, listed),
    volumes,
  };
}

/** What became of the data of each claim in a tarball. Undefined when Velero left no record of volumes. */
export async function readClaims(
  store: VeleroStore,
  name: string,
  objects: readonly KubernetesObject[],
  options: VeleroOptions,
): Promise<readonly ClaimedVolume[] | undefined> {
  const records = (await readSideFile(store, name, 'volumeinfo', options)) as
    readonly VolumeRecord[] | null | undefined;
  return records === undefined ? undefined : describeClaims(objects, records ?? []);
}

export interface SettingsOptions extends VeleroOptions {
  /** Which site, when the backup holds more than one. */
  readonly namespace?: string | undefined;
}

/**
 * What the backup says about the site, without any secret value. Rejects as `readVeleroBackup` does, and with
 * BACKUP_UNREADABLE when no Mattermost resource is in it.
 */
export async function readClusterSettings(
  store: VeleroStore,
  name: string,
  options: SettingsOptions = {},
): Promise<ClusterSettings> {
  const { objects } = await openTarball(store, name, options);
  return readSettings(objects, nameOf(tarballKey(name, options), store), options.namespace);
}

/** Rejects as `readVeleroBackup` does. */
export async function openTarball(
  store: VeleroStore,
  name: string,
  options: VeleroOptions,
): Promise<Tarball> {
  const key = tarballKey(name, options);
  return readTarball(await store.open(key, options), nameOf(key, store));
}

/** What Velero wrote down about a backup. Rejects as `readVeleroBackup` does. */
export async function readRecord(
  store: VeleroStore,
  name: string,
  options: VeleroOptions,
): Promise<VeleroBackup> {
  const key = `${folderOf(options)}${name}/velero-backup.json`;
  const record = parseJson(
    await buffer(await store.open(key, options)),
    nameOf(key, store),
  ) as BackupResource;
  if (record?.kind !== 'Backup' || record.metadata?.name !== name) {
    throw damaged(`${nameOf(key, store)} is not the record of backup "${name}"`);
  }
  const { spec = {}, status = {} } = record;
  const included = (spec.includedNamespaces ?? []).filter((namespace) => namespace !== '*');
  return {
    name,
    // A backup that was only just begun has no status yet.
    phase: status.phase ?? 'New',
    problem: status.failureReason ?? status.validationErrors?.join('; ') ?? null,
    schedule: record.metadata.labels?.['velero.io/schedule-name'] ?? null,
    namespaces: included,
    excludedNamespaces: spec.excludedNamespaces ?? [],
    startedAt: status.startTimestamp ?? null,
    completedAt: status.completionTimestamp ?? null,
    expiresAt: status.expiration ?? null,
    itemsBackedUp: status.progress?.itemsBackedUp ?? null,
    itemsTotal: status.progress?.totalItems ?? null,
    errors: status.errors ?? 0,
    warnings: status.warnings ?? 0,
    clusterVersion: record.metadata.annotations?.['velero.io/source-cluster-k8s-gitversion'] ?? null,
  };
}

/** The part of Velero's Backup that is read here: https://velero.io/docs/v1.18/api-types/backup/ */
interface BackupResource {
  readonly kind?: string;
  readonly metadata?: {
    readonly name?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly includedNamespaces?: readonly string[];
    readonly excludedNamespaces?: readonly string[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly failureReason?: string;
    readonly validationErrors?: readonly string[];
    readonly startTimestamp?: string;
    readonly completionTimestamp?: string;
    readonly expiration?: string;
    readonly progress?: { readonly itemsBackedUp?: number; readonly totalItems?: number };
    readonly errors?: number;
    readonly warnings?: number;
  };
}

function unreadable(name: string, error: unknown): VeleroBackup {
  const isFinding =
    error instanceof DrillError && (error.code === 'BACKUP_MISSING' || error.code === 'BACKUP_UNREADABLE');
  if (!isFinding) throw error;
  return {
    name,
    phase: 'Unreadable',
    problem: error.message,
    schedule: null,
    namespaces: [],
    excludedNamespaces: [],
    startedAt: null,
    completedAt: null,
    expiresAt: null,
    itemsBackedUp: null,
    itemsTotal: null,
    errors: 0,
    warnings: 0,
    clusterVersion: null,
  };
}

async function readResourceList(
  store: VeleroStore,
  name: string,
  options: VeleroOptions,
): Promise<string[] | undefined> {
  const list = (await readSideFile(store, name, 'resource-list', options)) as
    Readonly<Record<string, readonly string[]>> | null | undefined;
  if (list === undefined) return undefined;
  return Object.entries(list ?? {}).flatMap(([kind, names]) => names.map((listed) => `${kind} ${listed}`));
}

/** What Velero wrote beside the tarball; undefined when it is not there. */
async function readSideFile(
  store: VeleroStore,
  name: string,
  what: 'resource-list' | 'volumeinfo',
  options: VeleroOptions,
): Promise<unknown> {
  const key = `${folderOf(options)}${name}/${name}-${what}.json.gz`;
  const where = nameOf(key, store);
  try {
    const packed = await buffer(await store.open(key, options));
    const unpacked = await promisify(gunzip)(packed).catch((cause: unknown) => {
      throw damaged(`${where} cannot be unpacked`, { bytes: packed.length }, cause);
    });
    return parseJson(unpacked, where);
  } catch (error) {
    if (error instanceof DrillError && error.code === 'BACKUP_MISSING') return undefined;
    throw error;
  }
}

function compare(objects: readonly string[], listed: readonly string[]): VeleroContents['agreement'] {
  const [held, promised] = [new Set(objects), new Set(listed)];
  return {
    missing: listed.filter((name) => !held.has(name)).toSorted(),
    unlisted: objects.filter((name) => !promised.has(name)).toSorted(),
  };
}

function parseJson(body: Buffer, where: string): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw damaged(`${where} is not JSON`, { bytes: body.length });
  }
}

function folderOf({ prefix = '' }: VeleroOptions): string {
  const trimmed = prefix.replace(/^\/+|\/+$/g, '');
  return trimmed === '' ? 'backups/' : `${trimmed}/backups/`;
}

export function tarballKey(name: string, options: VeleroOptions): string {
  return `${folderOf(options)}${name}/${name}.tar.gz`;
}

function nameOf(key: string, { location }: VeleroStore): string {
  return `"${key}" in ${location}`;
}
