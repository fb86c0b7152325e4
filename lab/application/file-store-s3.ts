import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadBucketCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { FileStore } from './file-store.ts';
import { fileNotFound } from './http/api-error.ts';
import { log } from './log.ts';
import type { Settings } from './settings-defaults.ts';

/** Opens the bucket and, as the official server does, creates it when it is missing. */
export async function openBucket(settings: Settings['FileSettings']): Promise<FileStore> {
  const Bucket = settings.AmazonS3Bucket;
  const isAws = settings.AmazonS3Endpoint.endsWith('amazonaws.com');
  const client = new S3Client({
    endpoint: `${settings.AmazonS3SSL ? 'https' : 'http'}://${settings.AmazonS3Endpoint}`,
    region: settings.AmazonS3Region || 'us-east-1',
    forcePathStyle: !isAws,
    maxAttempts: 2,
    ...(settings.AmazonS3AccessKeyId && {
      credentials: {
        accessKeyId: settings.AmazonS3AccessKeyId,
        secretAccessKey: settings.AmazonS3SecretAccessKey,
      },
    }),
  });
  const keyOf = (path: string): string => [settings.AmazonS3PathPrefix, path].filter(Boolean).join('/');
  await createIfMissing(client, Bucket);
  return {
    async read(path) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: keyOf(path) }));
        return Buffer.from((await Body?.transformToByteArray()) ?? []);
      } catch (error) {
        if (error instanceof Error && error.name === 'NoSuchKey') throw fileNotFound();
        throw error;
      }
    },
    async write(path, content) {
      await client.send(new PutObjectCommand({ Bucket, Key: keyOf(path), Body: content }));
    },
    async isHealthy() {
      try {
        await client.send(new HeadBucketCommand({ Bucket }), { abortSignal: AbortSignal.timeout(10_000) });
        return true;
      } catch {
        return false;
      }
    },
  };
}

async function createIfMissing(client: S3Client, Bucket: string): Promise<void> {
  const abortSignal = AbortSignal.timeout(10_000);
  try {
    await client.send(new HeadBucketCommand({ Bucket }), { abortSignal });
  } catch (error) {
    const isMissing = error instanceof Error && error.name === 'NotFound';
    try {
      if (isMissing) await client.send(new CreateBucketCommand({ Bucket }), { abortSignal });
      else log.error('The file store cannot be reached', { error });
    } catch (failure) {
      log.error('The bucket of the file store cannot be created', { error: failure });
    }
  }
}
