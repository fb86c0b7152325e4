import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type MultipartUpload,
  type ObjectIdentifier,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { DrillError } from '../../model/errors.ts';
import type { ObjectScratch } from './contract.ts';
import { createPrefix } from './prefix.ts';
import { createS3Client, toStoreError, type S3Credentials, type S3Options } from './s3-client.ts';

/** The files of a restored site in a bucket. Every key here, written or deleted, begins with the run's own folder. */
export function openS3Scratch(options: S3Options, credentials: S3Credentials, runId: string): ObjectScratch {
  // An empty id would open the whole bucket for deletion.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{7,}$/.test(runId))
    throw new DrillError('HARNESS_BUG', `"${runId}" is no id of a run, and no folder of its own`);
  const client = createS3Client(options, credentials);
  const own = createPrefix(`${createPrefix(options.prefix).path}${runId}`);
  const Bucket = options.bucket;
  const location = `s3://${Bucket}/${own.path}`;

  return {
    location,
    prefix: own.path,

    async put(key, body, { signal } = {}) {
      const params = { Bucket, Key: own.toStoreKey(key), Body: body };
      // One part at a time: many files are on their way at once, and each part is kept in memory.
      const upload = new Upload({ client, queueSize: 1, params });
      const abort = () => void upload.abort();
      signal?.addEventListener('abort', abort, { once: true });
      try {
        signal?.throwIfAborted();
        await upload.done();
      } catch (error) {
        signal?.throwIfAborted();
        throw toStoreError(error, `write "${key}"`, location, options);
      } finally {
        signal?.removeEventListener('abort', abort);
      }
    },

    async clear({ signal } = {}) {
      const sending = signal ? { abortSignal: signal } : {};
      try {
        await abortUploads();
        for await (const page of listAll(client, Bucket, own.path, sending)) await deleteAll(page);
        for await (const [left] of listAll(client, Bucket, own.path, sending))
          if (left?.Key !== undefined)
            throw notEmpty(location, left.Key, 'it is there again after it was deleted');
      } catch (error) {
        signal?.throwIfAborted();
        throw toStoreError(error, 'delete what the run wrote', location, options);
      }

      async function deleteAll(objects: readonly ObjectIdentifier[]): Promise<void> {
        const stranger = objects.find(({ Key }) => !Key?.startsWith(own.path));
        if (stranger) throw new DrillError('HARNESS_BUG', `"${stranger.Key}" is not in ${location}`);
        const { Errors = [] } = await client.send(
          new DeleteObjectsCommand({ Bucket, Delete: { Objects: [...objects], Quiet: true } }),
          sending,
        );
        const [refused] = Errors;
        if (refused) throw notEmpty(location, refused.Key ?? '', `${refused.Code}: ${refused.Message}`);
      }

      /** Parts of an upload that never ended are in no list of objects, and are paid for. */
      async function abortUploads(): Promise<void> {
        const { Uploads = [] }: { readonly Uploads?: readonly MultipartUpload[] | undefined } = await client
          .send(new ListMultipartUploadsCommand({ Bucket, Prefix: own.path }), sending)
          .catch(orWithout({}));
        for (const { Key, UploadId } of Uploads)
          if (Key?.startsWith(own.path))
            await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }), sending);
      }
    },

    async [Symbol.asyncDispose]() {
      client.destroy();
    },
  };
}

/**
 * Every version of every object, by the page; the objects alone where a store knows no versions. Each page is asked for
 * from the beginning on until one is empty or the same as before: what came before it has been deleted by then.
 */
async function* listAll(
  client: S3Client,
  Bucket: string,
  Prefix: string,
  sending: { readonly abortSignal?: AbortSignal },
): AsyncGenerator<readonly ObjectIdentifier[]> {
  let before = '';
  for (;;) {
    const versions = await client
      .send(new ListObjectVersionsCommand({ Bucket, Prefix }), sending)
      .catch(orWithout(undefined));
    const found =
      versions === undefined
        ? ((await client.send(new ListObjectsV2Command({ Bucket, Prefix }), sending)).Contents ?? [])
        : [...(versions.Versions ?? []), ...(versions.DeleteMarkers ?? [])];
    const page = found.map((one) => ({
      Key: one.Key ?? '',
      ...('VersionId' in one && one.VersionId !== undefined && { VersionId: one.VersionId }),
    }));
    const seen = JSON.stringify(page);
    if (page.length === 0 || seen === before) return;
    before = seen;
    yield page;
  }
}

/** Not every store that speaks S3 has all of it. */
function orWithout<T>(nothing: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Error && ['NotImplemented', 'MethodNotAllowed'].includes(error.name)) return nothing;
    throw error;
  };
}

function notEmpty(location: string, key: string, why: string): DrillError {
  return new DrillError('TEARDOWN_INCOMPLETE', `"${key}" in ${location} cannot be deleted: ${why}`, {
    hint: 'Check that the drill’s keys may delete objects and their versions there, and that the bucket has no object lock.',
    details: { location },
  });
}
