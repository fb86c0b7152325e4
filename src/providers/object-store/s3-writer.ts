import { GetObjectLockConfigurationCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { ObjectWriter } from './contract.ts';
import { createPrefix } from './prefix.ts';
import { createS3Client, toStoreError, type S3Credentials, type S3Options } from './s3-client.ts';
import { taken } from './taken.ts';

/** The archive in a bucket. Asks once whether object lock is on; rejects with STORE_UNREADABLE when nobody answers. */
export async function openS3Writer(
  options: S3Options,
  credentials: S3Credentials = {},
): Promise<ObjectWriter> {
  const client = createS3Client(options, credentials);
  const prefix = createPrefix(options.prefix);
  const Bucket = options.bucket;
  const location = `s3://${Bucket}/${prefix.path}`.replace(/\/$/, '');
  const canRetain = await hasObjectLock(client, Bucket).catch((error: unknown) => {
    client.destroy();
    throw toStoreError(error, 'read the object lock setting', location, options);
  });

  return {
    location,
    canRetain,

    async put(key, body, { contentType, retainUntil, replace, signal }) {
      const Key = prefix.toStoreKey(key);
      const upload = new Upload({
        client,
        // One part at a time: the archive is never in a hurry, and the load test may be using the memory.
        queueSize: 1,
        params: {
          Bucket,
          Key,
          Body: body,
          ContentType: contentType,
          // Evidence is written once. The store decides, so that two runs cannot race each other.
          ...(!replace && { IfNoneMatch: '*' }),
          ...(canRetain &&
            retainUntil && {
              ObjectLockMode: options.retentionMode ?? 'COMPLIANCE',
              ObjectLockRetainUntilDate: retainUntil,
            }),
        },
      });
      const abort = () => void upload.abort();
      signal?.addEventListener('abort', abort, { once: true });
      try {
        signal?.throwIfAborted();
        await upload.done();
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof Error && error.name === 'PreconditionFailed') throw taken(key, location);
        throw toStoreError(error, `write "${key}"`, location, options);
      } finally {
        signal?.removeEventListener('abort', abort);
      }
      await client.send(new HeadObjectCommand({ Bucket, Key })).catch((error: unknown) => {
        throw toStoreError(error, `find "${key}" after it was written`, location, options);
      });
    },

    async [Symbol.asyncDispose]() {
      client.destroy();
    },
  };
}

async function hasObjectLock(client: S3Client, Bucket: string): Promise<boolean> {
  try {
    const { ObjectLockConfiguration } = await client.send(new GetObjectLockConfigurationCommand({ Bucket }));
    return ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled';
  } catch (error) {
    // No such configuration, or none of our business: then nothing is promised about retention.
    const known = [
      'ObjectLockConfigurationNotFoundError',
      'NoSuchObjectLockConfiguration',
      'AccessDenied',
      'NotImplemented',
    ];
    if (error instanceof Error && known.includes(error.name)) return false;
    throw error;
  }
}
