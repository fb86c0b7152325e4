import type { Readable } from 'node:stream';

export interface ObjectInfo {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly modifiedAt: Date;
  /** Lower-case hex. Undefined when the store keeps none: callers then hash the body themselves. */
  readonly sha256: string | undefined;
}

export interface ObjectVersion {
  /** Undefined for objects that were stored before versions were kept. */
  readonly id: string | undefined;
  readonly size: number;
  readonly modifiedAt: Date;
  readonly isLatest: boolean;
  /** The object was deleted at this point of its history; there is no body to read. */
  readonly isDeletion: boolean;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface OpenOptions extends CallOptions {
  /** One of `versions(key)`; the latest one when undefined. */
  readonly version?: string | undefined;
}

/**
 * `unknown`: the store did not tell, for example because these credentials may not ask; never taken for `on`.
 * `not-applicable`: this kind of store has no such thing.
 */
export type Protected = 'on' | 'off' | 'unknown' | 'not-applicable';

/** What a store promises about what it keeps. */
export interface StoreProtection {
  readonly versioning: Protected;
  readonly encryption: Protected;
  readonly objectLock: Protected;
}

export interface PutOptions extends CallOptions {
  readonly contentType: string;
  /** Keeps this version from being deleted before then, where the store has object lock. */
  readonly retainUntil?: Date | undefined;
  /** Takes the place of what is there, as a new version where the store keeps them. For the index, never for evidence. */
  readonly replace?: boolean | undefined;
}

/**
 * Reading side. Backups are only ever opened through this, so a drill has no way to change one.
 * Keys are relative to the configured prefix, with `/` between their parts.
 */
export interface ObjectReader extends AsyncDisposable {
  /** For people and evidence, without credentials: `s3://mm-backups/prod`. */
  readonly location: string;
  /** Resolves to undefined for a missing key; rejects with STORE_UNREADABLE for everything else. */
  stat(key: string, options?: CallOptions): Promise<ObjectInfo | undefined>;
  /** Every key that starts with `prefix`, all pages, in no promised order. Rejects with STORE_UNREADABLE. */
  list(prefix: string, options?: CallOptions): AsyncIterable<ObjectInfo>;
  /**
   * The body, resumed where the connection drops. Rejects with BACKUP_MISSING for a missing key; the stream
   * fails with STORE_UNREADABLE when it cannot be read on, and with BACKUP_UNREADABLE when its size or the
   * store's own checksum is not the promised one.
   */
  open(key: string, options?: OpenOptions): Promise<Readable>;
  /** Every version of exactly this key, newest first. Undefined: this kind of store keeps no versions. */
  versions(key: string, options?: CallOptions): Promise<readonly ObjectVersion[] | undefined>;
  /** Versioning, encryption and object lock as the store itself reports them. */
  protection(options?: CallOptions): Promise<StoreProtection>;
}

/** Writing side, for the evidence archive. There is no delete: evidence ends by retention, not by us. */
export interface ObjectWriter extends AsyncDisposable {
  readonly location: string;
  /** Whether `retainUntil` is honoured. */
  readonly canRetain: boolean;
  /** Rejects with REPORT_FAILED when the key is taken and `replace` is not set, and with STORE_UNREADABLE when the store cannot be written. */
  put(key: string, body: Readable | Buffer, options: PutOptions): Promise<void>;
}

/**
 * What one run may use a bucket of the scratch for. The only type that can delete, so it is opened for a folder that the
 * run's id names, and reaches nothing beside it; backups and the archive are never opened by it.
 */
export interface ObjectScratch extends AsyncDisposable {
  /** The run's own folder, which ends with "/": `s3://mm-scratch/drills/2026-11-22T0412Z-quarterly-7f3a/`. */
  readonly location: string;
  /** The same without the bucket. */
  readonly prefix: string;
  /** Takes the place of what is there. Rejects with STORE_UNREADABLE when the store cannot be written. */
  put(key: string, body: Readable | Buffer, options?: CallOptions): Promise<void>;
  /**
   * Deletes all that is in the run's folder, whoever wrote it: older versions and half-done uploads too. Looks again, and
   * rejects with TEARDOWN_INCOMPLETE when something is left.
   */
  clear(options?: CallOptions): Promise<void>;
}
