import type { AzureBlobCredentials, AzureBlobOptions } from './azure-blob-client.ts';
import type { ObjectReader, ObjectScratch, ObjectWriter } from './contract.ts';
import type { FilesystemOptions } from './filesystem.ts';
import type { S3Credentials, S3Options } from './s3-client.ts';

export type * from './contract.ts';
export type ObjectStoreOptions = S3Options | AzureBlobOptions | FilesystemOptions;
/** Secrets, resolved. They are given apart from the options so that those can be shown and saved as they are. */
export type ObjectStoreCredentials = S3Credentials & AzureBlobCredentials;

/** Opens a store that holds backups. SDKs load only for those who use them. */
export async function openReader(
  options: ObjectStoreOptions,
  credentials: ObjectStoreCredentials = {},
): Promise<ObjectReader> {
  switch (options.kind) {
    case 's3':
      return (await import('./s3.ts')).openS3Reader(options, credentials);
    case 'azure-blob':
      return (await import('./azure-blob.ts')).openAzureBlobReader(options, credentials);
    case 'filesystem':
      return (await import('./filesystem.ts')).openFilesystemReader(options);
  }
}

/** Opens the archive of evidence. */
export async function openWriter(
  options: ObjectStoreOptions,
  credentials: ObjectStoreCredentials = {},
): Promise<ObjectWriter> {
  switch (options.kind) {
    case 's3':
      return (await import('./s3-writer.ts')).openS3Writer(options, credentials);
    case 'azure-blob':
      return (await import('./azure-blob-writer.ts')).openAzureBlobWriter(options, credentials);
    case 'filesystem':
      return (await import('./filesystem.ts')).openFilesystemWriter(options);
  }
}

/** Opens one run's own folder in a bucket of the scratch, for writing and for taking it away again. */
export async function openScratch(
  options: S3Options,
  credentials: S3Credentials,
  runId: string,
): Promise<ObjectScratch> {
  return (await import('./s3-scratch.ts')).openS3Scratch(options, credentials, runId);
}
