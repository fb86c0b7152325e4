import path from 'node:path';
import type { S3StoreConfig, StoreConfig } from '../../model/config.ts';

/** The same bucket or container, whatever the prefix; or folders of which one lies in the other. */
export function isSamePlace(one: StoreConfig, other: StoreConfig): boolean {
  if (one.kind === 's3' && other.kind === 's3')
    return one.bucket === other.bucket && hostOf(one) === hostOf(other);
  if (one.kind === 'azure-blob' && other.kind === 'azure-blob')
    return one.container === other.container && accountOf(one) === accountOf(other);
  if (one.kind !== 'filesystem' || other.kind !== 'filesystem') return false;
  const [a, b] = [one.root, other.root].map((root) => path.resolve(root) + path.sep);
  return a !== undefined && b !== undefined && (a.startsWith(b) || b.startsWith(a));
}

const accountOf = ({ endpoint, connectionString }: Extract<StoreConfig, { kind: 'azure-blob' }>): string =>
  endpoint ?? JSON.stringify(connectionString);

const AWS = 's3.amazonaws.com';

/** Bucket names of AWS are unique in all regions, so each of its endpoints is the same place. */
export function hostOf({ endpoint }: S3StoreConfig): string {
  return endpoint === undefined ? AWS : plainHost(new URL(endpoint).host);
}

export const plainHost = (host: string): string => (/(?:^|\.)amazonaws\.com$/.test(host) ? AWS : host);
