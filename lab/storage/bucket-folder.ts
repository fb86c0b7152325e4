import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { folderOf } from '../sabotages/folder.ts';
import type { Folder } from '../sabotages/sabotage.ts';
import { createS3Client, type S3Server } from './seaweedfs.ts';

export interface BucketFolder extends Folder {
  /** Writes what was changed or removed as it was, as a newer version, and closes the connection. */
  putBack(): Promise<void>;
}

/** The newest versions in one of the lab's buckets. What was put there first stays: the bucket is locked. */
export function openBucketFolder(server: S3Server, Bucket: string): BucketFolder {
  const client = createS3Client(server);
  const before = new Map<string, Buffer>();
  const put = (Key: string, Body: Buffer | string) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body }));
  const read = async (Key: string) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };
  const keep = async (key: string) => {
    if (!before.has(key)) before.set(key, await read(key));
  };
  const folder = folderOf({
    async list(Prefix) {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }));
      return Contents.map(({ Key = '' }) => Key).toSorted();
    },
    read,
    async write(key, body) {
      await keep(key);
      await put(key, body);
    },
    async remove(key) {
      await keep(key);
      await client.send(new DeleteObjectCommand({ Bucket, Key: key }));
    },
  });
  return {
    ...folder,
    async putBack() {
      for (const [key, body] of before) await put(key, body);
      client.destroy();
    },
  };
}
