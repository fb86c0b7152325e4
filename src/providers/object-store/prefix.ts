import { DrillError } from '../../model/errors.ts';

export interface Prefix {
  /** Empty, or with a `/` at its end. */
  readonly path: string;
  toStoreKey(key: string): string;
  toKey(storeKey: string): string;
}

/** Translates between keys as callers know them and keys as they are in the bucket or container. */
export function createPrefix(prefix: string | undefined): Prefix {
  const trimmed = (prefix ?? '').replace(/^\/+|\/+$/g, '');
  const path = trimmed === '' ? '' : `${trimmed}/`;
  return {
    path,
    toStoreKey(key) {
      if (key === '') throw new DrillError('HARNESS_BUG', 'an object was asked for by an empty key');
      return path + key;
    },
    toKey: (storeKey) => storeKey.slice(path.length),
  };
}
