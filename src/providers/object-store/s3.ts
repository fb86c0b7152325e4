import { Readable } from 'node:stream';
import {
  GetBucketEncryptionCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  S3ServiceException,
  type GetObjectCommandOutput,
  type ListObjectsV2CommandOutput,
  type ListObjectVersionsCommandOutput,
} from '@aws-sdk/client-s3';
import { DrillError } from '../../model/errors.ts';
import { readBody, type Checksum } from './body.ts';
import type { CallOptions, ObjectInfo, ObjectReader, ObjectVersion, Protected } from './contract.ts';
import { createPrefix } from './prefix.ts';
import { createS3Client, isNotFound, toStoreError, type S3Credentials, type S3Options } from './s3-client.ts';

export type { S3Credentials, S3Options } from './s3-client.ts';

/** S3 and whatever speaks it. Only reading commands are in this file. */
export function openS3Reader(options: S3Options, credentials: S3Credentials = {}): ObjectReader {
  const client = createS3Client(options, credentials);
  const prefix = createPrefix(options.prefix);
  const Bucket = options.bucket;
  const location = `s3://${Bucket}/${prefix.path}`.replace(/\/$/, '');

  return {
    location,

    async stat(key, { signal } = {}) {
      const head = await client
        .send(
          new HeadObjectCommand({ Bucket, Key: prefix.toStoreKey(key), ChecksumMode: 'ENABLED' }),
          aborted(signal),
        )
        .catch(async (error: unknown) => {
          if (!isNotFound(error)) throw unreadable(`stat "${key}"`, error, signal);
          await requireBucket(signal);
        });
      if (!head) return undefined;
      return {
        key,
        size: head.ContentLength ?? 0,
        modifiedAt: head.LastModified ?? new Date(0),
        sha256: sha256Of(head),
      };
    },

    async *list(start, { signal } = {}): AsyncIterable<ObjectInfo> {
      let ContinuationToken: string | undefined;
      do {
        const page: ListObjectsV2CommandOutput = await client
          .send(
            new ListObjectsV2Command({
              Bucket,
              Prefix: prefix.path + start,
              ContinuationToken,
              MaxKeys: options.pageSize,
            }),
            aborted(signal),
          )
          .catch((error: unknown) => {
            throw unreadable(`list "${start}"`, error, signal);
          });
        for (const { Key = '', Size = 0, LastModified = new Date(0) } of page.Contents ?? []) {
          // Consoles make folders visible by empty objects whose keys end in a slash.
          if (Key.endsWith('/') && Size === 0) continue;
          yield { key: prefix.toKey(Key), size: Size, modifiedAt: LastModified, sha256: undefined };
        }
        ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (ContinuationToken !== undefined);
    },

    async open(key, { signal, version } = {}) {
      const asked = { Bucket, Key: prefix.toStoreKey(key), VersionId: version };
      const first = await client
        .send(new GetObjectCommand({ ...asked, ChecksumMode: 'ENABLED' }), aborted(signal))
        .catch(async (error: unknown) => {
          if (!isNotFound(error)) throw unreadable(`open "${key}"`, error, signal);
          await requireBucket(signal);
          throw new DrillError('BACKUP_MISSING', `no object "${key}" in ${location}`, {
            details: { location, key, ...(version !== undefined && { version }) },
            hint: 'Check the configured prefix, and that the job that writes this object has run.',
          });
        });
      return readBody({
        name: `"${key}" in ${location}`,
        size: first.ContentLength ?? 0,
        checksum: checksumOf(first),
        first: bodyOf(first),
        signal,
        async reopen(offset) {
          // The version or the ETag pins the object: the rest of another body must not be appended to this one.
          const rest = new GetObjectCommand({ ...asked, Range: `bytes=${offset}-`, IfMatch: first.ETag });
          return bodyOf(
            await client.send(rest, aborted(signal)).catch((error: unknown) => {
              throw unreadable(`read on in "${key}" at byte ${offset}`, error, signal);
            }),
          );
        },
      });
    },

    async versions(key, { signal } = {}) {
      const found: ObjectVersion[] = [];
      const Prefix = prefix.toStoreKey(key);
      let next: { KeyMarker: string; VersionIdMarker: string | undefined } | undefined;
      do {
        const page: ListObjectVersionsCommandOutput = await client
          .send(
            new ListObjectVersionsCommand({ Bucket, Prefix, MaxKeys: options.pageSize, ...next }),
            aborted(signal),
          )
          .catch((error: unknown) => {
            throw unreadable(`list versions of "${key}"`, error, signal);
          });
        for (const version of page.Versions ?? [])
          if (version.Key === Prefix) found.push(toVersion(version, false));
        for (const marker of page.DeleteMarkers ?? [])
          if (marker.Key === Prefix) found.push(toVersion(marker, true));
        const more = page.IsTruncated && page.NextKeyMarker !== undefined;
        next = more
          ? { KeyMarker: page.NextKeyMarker ?? '', VersionIdMarker: page.NextVersionIdMarker }
          : undefined;
      } while (next);
      return found.toSorted(
        (a, b) => Number(b.isLatest) - Number(a.isLatest) || +b.modifiedAt - +a.modifiedAt,
      );
    },

    async protection({ signal } = {}) {
      await requireBucket(signal);
      const [versioning, encryption, objectLock] = await Promise.all([
        ask(
          client.send(new GetBucketVersioningCommand({ Bucket }), aborted(signal)),
          ({ Status }) => Status === 'Enabled',
        ),
        ask(
          client.send(new GetBucketEncryptionCommand({ Bucket }), aborted(signal)),
          (found) => (found.ServerSideEncryptionConfiguration?.Rules ?? []).length > 0,
        ),
        ask(
          client.send(new GetObjectLockConfigurationCommand({ Bucket }), aborted(signal)),
          (found) => found.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled',
        ),
      ]);
      return { versioning, encryption, objectLock };
    },

    async [Symbol.asyncDispose]() {
      client.destroy();
    },
  };

  /** A 404 for a key says nothing about the bucket: only a bucket that is there makes it a missing key. */
  async function requireBucket(signal: AbortSignal | undefined): Promise<void> {
    await client.send(new HeadBucketCommand({ Bucket }), aborted(signal)).catch((error: unknown) => {
      if (isNotFound(error)) error = Object.assign(new Error(`bucket not found`), { name: 'NoSuchBucket' });
      // Keys may be allowed to read objects and not to ask about the bucket.
      else if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 403) return;
      throw unreadable('find the bucket', error, signal);
    });
  }

  /** Settings that are absent are answered by an error of their own; all other errors mean that we do not know. */
  async function ask<T>(answer: Promise<T>, isOn: (found: T) => boolean): Promise<Protected> {
    try {
      return isOn(await answer) ? 'on' : 'off';
    } catch (error) {
      const name = error instanceof Error ? error.name : '';
      return ABSENT.includes(name) ? 'off' : 'unknown';
    }
  }

  function unreadable(what: string, error: unknown, signal: AbortSignal | undefined): unknown {
    return signal?.aborted ? signal.reason : toStoreError(error, what, location, options);
  }
}

const ABSENT = [
  'ServerSideEncryptionConfigurationNotFoundError',
  'ObjectLockConfigurationNotFoundError',
  'NoSuchObjectLockConfiguration',
];

function aborted(signal: CallOptions['signal']): { abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {};
}

function bodyOf({ Body }: GetObjectCommandOutput): Readable {
  return Body instanceof Readable ? Body : Readable.from([]);
}

type Described = Pick<GetObjectCommandOutput, 'ChecksumSHA256' | 'ChecksumType' | 'Metadata'>;

/** From the store's own checksum of the whole object, or from the metadata that Muster's writers put beside it. */
function sha256Of({ ChecksumSHA256, ChecksumType, Metadata }: Described): string | undefined {
  if (ChecksumSHA256 && ChecksumType !== 'COMPOSITE' && !ChecksumSHA256.includes('-')) {
    return Buffer.from(ChecksumSHA256, 'base64').toString('hex');
  }
  const noted = Metadata?.['sha256'];
  return noted !== undefined && /^[0-9a-f]{64}$/.test(noted) ? noted : undefined;
}

/**
 * An ETag is the MD5 of the body only without multipart upload and with no other encryption than SSE-S3
 * (Amazon S3 API reference, "Object", ETag).
 */
function checksumOf(found: GetObjectCommandOutput): Checksum | undefined {
  const sha256 = sha256Of(found);
  if (sha256 !== undefined) return { algorithm: 'sha256', digest: sha256 };
  const etag = found.ETag?.replaceAll('"', '') ?? '';
  const isMd5 = /^[0-9a-f]{32}$/.test(etag) && found.SSECustomerAlgorithm === undefined;
  const plain = found.ServerSideEncryption === undefined || found.ServerSideEncryption === 'AES256';
  return isMd5 && plain ? { algorithm: 'md5', digest: etag } : undefined;
}

interface ListedVersion {
  readonly VersionId?: string | undefined;
  readonly Size?: number | undefined;
  readonly LastModified?: Date | undefined;
  readonly IsLatest?: boolean | undefined;
}

function toVersion(
  { VersionId, Size = 0, LastModified = new Date(0), IsLatest = false }: ListedVersion,
  isDeletion: boolean,
): ObjectVersion {
  const id = VersionId === 'null' ? undefined : VersionId;
  return { id, size: Size, modifiedAt: LastModified, isLatest: IsLatest, isDeletion };
}
