import { createHash } from 'node:crypto';
import { RestError } from '@azure/storage-blob';
import {
  createContainerClient,
  locationOf,
  toStoreError,
  type AzureBlobCredentials,
  type AzureBlobOptions,
} from './azure-blob-client.ts';
import type { ObjectWriter } from './contract.ts';
import { createPrefix } from './prefix.ts';
import { taken } from './taken.ts';

const BLOCK = 8 << 20;

/** The archive in a container. Retention is the container's own policy: we do not promise it per blob. */
export function openAzureBlobWriter(
  options: AzureBlobOptions,
  credentials: AzureBlobCredentials,
): ObjectWriter {
  const client = createContainerClient(options, credentials);
  const prefix = createPrefix(options.prefix);
  const location = locationOf(client, prefix.path);
  return {
    location,
    canRetain: false,

    async put(key, body, { contentType, replace, signal }) {
      const blob = client.getBlockBlobClient(prefix.toStoreKey(key));
      const once = {
        ...(!replace && { conditions: { ifNoneMatch: '*' } }),
        blobHTTPHeaders: { blobContentType: contentType },
        ...(signal && { abortSignal: signal }),
      };
      try {
        if (Buffer.isBuffer(body)) {
          const sha256 = createHash('sha256').update(body).digest('hex');
          await blob.uploadData(body, { ...once, metadata: { sha256 } });
        } else {
          await blob.uploadStream(body, BLOCK, 1, once);
        }
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof RestError && (error.statusCode === 409 || error.statusCode === 412))
          throw taken(key, location);
        throw toStoreError(error, `write "${key}"`, location, options.container);
      }
    },

    async [Symbol.asyncDispose]() {},
  };
}
