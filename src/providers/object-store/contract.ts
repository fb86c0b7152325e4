import type { Readable } from 'node:stream';

export interface ObjectInfo {
  readonly key: string;
  readonly size: number;
  readonly modifiedAt: Date;
  /** Lower-case hex. Undefined when the store keeps none: callers then hash the body themselves. */
  readonly sha256: string | undefined;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** What a store promises about what it keeps. `not-applicable`: this kind of store has no such thing. */
export interface StoreProtection {
  readonly versioning: 'on' | 'off' | 'not-applicable';
  readonly encryption: 'on' | 'off' | 'not-applicable';
  readonly objectLock: 'on' | 'off' | 'not-applicable';
}

export interface PutOptions extends CallOptions {
  readonly contentType: string;
  /** Keeps this version from being deleted before then, where the store has object lock. */
  readonly retainUntil?: Date;
}

/** Reading side. Backups are only ever opened through this, so a drill has no way to change one. */
export interface ObjectReader extends AsyncDisposable {
  /** For people and evidence, without credentials: `s3://mm-backups/prod`. */
  readonly location: string;
  /** Resolves to undefined for a missing key; rejects with STORE_UNREADABLE for everything else. */
  stat(key: string, options?: CallOptions): Promise<ObjectInfo | undefined>;
  /** Every key under a prefix, all pages, in no promised order. */
  list(prefix: string, options?: CallOptions): AsyncIterable<ObjectInfo>;
  /** Rejects with BACKUP_MISSING for a missing key. */
  open(key: string, options?: CallOptions): Promise<Readable>;
  /** Versioning, encryption and object lock as the store itself reports them. */
  protection(options?: CallOptions): Promise<StoreProtection>;
}

/** Writing side, for the evidence archive. There is no delete: evidence ends by retention, not by us. */
export interface ObjectWriter extends AsyncDisposable {
  readonly location: string;
  /** Whether `retainUntil` is honoured. */
  readonly canRetain: boolean;
  put(key: string, body: Readable | Buffer, options: PutOptions): Promise<void>;
}
