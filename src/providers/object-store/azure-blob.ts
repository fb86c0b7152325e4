import { Readable } from 'node:stream';
import type { BlobDownloadResponseParsed, ContainerClient } from '@azure/storage-blob';
import { DrillError } from '../../model/errors.ts';
import {
  createContainerClient,
  isNotFound,
  locationOf,
  toStoreError,
  type AzureBlobCredentials,
  type AzureBlobOptions,
} from './azure-blob-client.ts';
import { readBody, type Checksum } from './body.ts';
import type { CallOptions, ObjectInfo, ObjectReader, ObjectVersion } from './contract.ts';
import { createPrefix } from './prefix.ts';

export type { AzureBlobCredentials, AzureBlobOptions } from './azure-blob-client.ts';

/** A container in an Azure storage account. Only reading calls are in this file. */
export function openAzureBlobReader(
  options: AzureBlobOptions,
  credentials: AzureBlobCredentials,
): ObjectReader {
  const client = createContainerClient(options, credentials);
  const prefix = createPrefix(options.prefix);
  const location = locationOf(client, prefix.path);

  return {
    location,

    async stat(key, { signal } = {}) {
      const found = await client
        .getBlobClient(prefix.toStoreKey(key))
        .getProperties(aborted(signal))
        .catch(async (error: unknown) => {
          if (!isNotFound(error)) throw unreadable(`stat "${key}"`, error, signal);
          await requireContainer(signal);
        });
      if (!found) return undefined;
      return {
        key,
        size: found.contentLength ?? 0,
        modifiedAt: found.lastModified ?? new Date(0),
        sha256: sha256Of(found.metadata),
      };
    },

    async *list(start, { signal } = {}): AsyncIterable<ObjectInfo> {
      const pages = client
        .listBlobsFlat({ prefix: prefix.path + start, includeMetadata: true, ...aborted(signal) })
        .byPage({ ...(options.pageSize !== undefined && { maxPageSize: options.pageSize }) });
      try {
        for await (const page of pages) {
          for (const { name, properties, metadata } of page.segment.blobItems) {
            // Accounts with a folder tree list their folders as empty blobs.
            if (metadata?.['hdi_isfolder'] === 'true') continue;
            yield {
              key: prefix.toKey(name),
              size: properties.contentLength ?? 0,
              modifiedAt: properties.lastModified,
              sha256: sha256Of(metadata),
            };
          }
        }
      } catch (error) {
        throw unreadable(`list "${start}"`, error, signal);
      }
    },

    async open(key, { signal, version } = {}) {
      const latest = client.getBlobClient(prefix.toStoreKey(key));
      const blob = version === undefined ? latest : latest.withVersion(version);
      const first = await blob
        // Resuming is ours, so that both stores do it alike and within the same limit.
        .download(0, undefined, { maxRetryRequests: 0, ...aborted(signal) })
        .catch(async (error: unknown) => {
          if (!isNotFound(error)) throw unreadable(`open "${key}"`, error, signal);
          await requireContainer(signal);
          throw new DrillError('BACKUP_MISSING', `no object "${key}" in ${location}`, {
            details: { location, key, ...(version !== undefined && { version }) },
            hint: 'Check the configured prefix, and that the job that writes this object has run.',
          });
        });
      return readBody({
        name: `"${key}" in ${location}`,
        size: first.contentLength ?? 0,
        checksum: checksumOf(first),
        first: bodyOf(first),
        signal,
        async reopen(offset) {
          const conditions = first.etag === undefined ? {} : { ifMatch: first.etag };
          const rest = blob.download(offset, undefined, {
            maxRetryRequests: 0,
            conditions,
            ...aborted(signal),
          });
          return bodyOf(
            await rest.catch((error: unknown) => {
              throw unreadable(`read on in "${key}" at byte ${offset}`, error, signal);
            }),
          );
        },
      });
    },

    async versions(key, { signal } = {}) {
      await requireContainer(signal);
      if (await isEmulator(client, signal)) return undefined;
      const found: ObjectVersion[] = [];
      const name = prefix.toStoreKey(key);
      try {
        for await (const blob of client.listBlobsFlat({
          prefix: name,
          includeVersions: true,
          ...aborted(signal),
        })) {
          if (blob.name !== name) continue;
          const { contentLength = 0, lastModified } = blob.properties;
          found.push({
            id: blob.versionId,
            size: contentLength,
            modifiedAt: lastModified,
            isLatest: blob.isCurrentVersion ?? blob.versionId === undefined,
            isDeletion: false,
          });
        }
      } catch (error) {
        throw unreadable(`list versions of "${key}"`, error, signal);
      }
      return found.toSorted((a, b) => +b.modifiedAt - +a.modifiedAt);
    },

    /** Azure encrypts everything at rest, always. Versioning is a setting of the account: seen in a blob, or not at all. */
    async protection({ signal } = {}) {
      await requireContainer(signal);
      if (await isEmulator(client, signal)) {
        return { versioning: 'not-applicable', encryption: 'not-applicable', objectLock: 'not-applicable' };
      }
      try {
        const { isImmutableStorageWithVersioningEnabled, hasImmutabilityPolicy } = await client.getProperties(
          aborted(signal),
        );
        const sample = await client.listBlobsFlat({ includeVersions: true, ...aborted(signal) }).next();
        const versioned =
          isImmutableStorageWithVersioningEnabled || (!sample.done && sample.value.versionId !== undefined);
        return {
          versioning: versioned ? 'on' : sample.done ? 'unknown' : 'off',
          encryption: 'on',
          objectLock: hasImmutabilityPolicy || isImmutableStorageWithVersioningEnabled ? 'on' : 'off',
        };
      } catch (error) {
        throw unreadable('read the settings', error, signal);
      }
    },

    async [Symbol.asyncDispose]() {},
  };

  /** A 404 for a blob says nothing about the container: only a container that is there makes it a missing key. */
  async function requireContainer(signal: AbortSignal | undefined): Promise<void> {
    try {
      await client
        .listBlobsFlat({ prefix: prefix.path, ...aborted(signal) })
        .byPage({ maxPageSize: 1 })
        .next();
    } catch (error) {
      throw unreadable('find the container', error, signal);
    }
  }

  function unreadable(what: string, error: unknown, signal: AbortSignal | undefined): unknown {
    return signal?.aborted ? signal.reason : toStoreError(error, what, location, options.container);
  }
}

function aborted(signal: CallOptions['signal']): { abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {};
}

/** Azurite names itself in every answer, and has neither versions nor encryption. */
async function isEmulator(client: ContainerClient, signal: AbortSignal | undefined): Promise<boolean> {
  const page = await client.listBlobsFlat(aborted(signal)).byPage({ maxPageSize: 1 }).next();
  const response = page.value as
    { _response?: { headers: { get(name: string): string | undefined } } } | undefined;
  return response?._response?.headers.get('server')?.startsWith('Azurite') ?? false;
}

function bodyOf({ readableStreamBody }: BlobDownloadResponseParsed): Readable {
  return readableStreamBody instanceof Readable ? readableStreamBody : Readable.from([]);
}

function sha256Of(metadata: Record<string, string> | undefined): string | undefined {
  const noted = metadata?.['sha256'];
  return noted !== undefined && /^[0-9a-f]{64}$/.test(noted) ? noted : undefined;
}

function checksumOf({ metadata, contentMD5 }: BlobDownloadResponseParsed): Checksum | undefined {
  const sha256 = sha256Of(metadata);
  if (sha256 !== undefined) return { algorithm: 'sha256', digest: sha256 };
  return contentMD5 ? { algorithm: 'md5', digest: Buffer.from(contentMD5).toString('hex') } : undefined;
}
