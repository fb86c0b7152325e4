import { PutObjectCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { BlobServiceClient } from '@azure/storage-blob';
import type { ObjectWriter } from '../../src/providers/object-store/contract.ts';
import type { BlobAccount } from './azurite.ts';
import { createS3Client, type S3Server } from './seaweedfs.ts';

/**
 * The backup jobs' side of the lab's bucket. Unlike Muster's archive it may write a key again, as backup jobs do:
 * the bucket keeps both versions.
 */
export function openBucket(server: S3Server, bucket: string, prefix = ''): ObjectWriter {
  const client = createS3Client(server);
  return {
    location: `s3://${bucket}/${prefix}`.replace(/\/$/, ''),
    canRetain: false,
    async put(key, Body, { contentType: ContentType, signal }) {
      const params = { Bucket: bucket, Key: prefix + key, Body, ContentType };
      if (Buffer.isBuffer(Body))
        await client.send(new PutObjectCommand(params), signal ? { abortSignal: signal } : {});
      else await new Upload({ client, params, queueSize: 2 }).done();
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
    },
  };
}

/** The same for the second copy. */
export function openContainer(
  { connectionString }: BlobAccount,
  container: string,
  prefix = '',
): ObjectWriter {
  const client = BlobServiceClient.fromConnectionString(connectionString).getContainerClient(container);
  return {
    location: `azure://${client.accountName}/${container}/${prefix}`.replace(/\/$/, ''),
    canRetain: false,
    async put(key, body, { contentType, signal }) {
      const blob = client.getBlockBlobClient(prefix + key);
      const options = {
        blobHTTPHeaders: { blobContentType: contentType },
        ...(signal && { abortSignal: signal }),
      };
      if (Buffer.isBuffer(body)) await blob.uploadData(body, options);
      else await blob.uploadStream(body, undefined, 2, options);
    },
    async [Symbol.asyncDispose]() {},
  };
}
