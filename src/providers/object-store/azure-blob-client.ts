import {
  AnonymousCredential,
  ContainerClient,
  RestError,
  StorageSharedKeyCredential,
  type StoragePipelineOptions,
} from '@azure/storage-blob';
import { DrillError } from '../../model/errors.ts';

export interface AzureBlobOptions {
  readonly kind: 'azure-blob';
  readonly container: string;
  readonly prefix?: string | undefined;
  readonly account?: string | undefined;
  /** `https://ACCOUNT.blob.core.windows.net` when undefined. */
  readonly endpoint?: string | undefined;
  /** Blobs per page of a list; the store's own default when undefined. */
  readonly pageSize?: number | undefined;
}

/** One of: a connection string, a SAS token, or the account's key. */
export interface AzureBlobCredentials {
  readonly connectionString?: string | undefined;
  readonly sasToken?: string | undefined;
  readonly accountKey?: string | undefined;
}

/** Rejects with CONFIG_INVALID when there is no telling which account is meant, or nothing to sign in with. */
export function createContainerClient(
  options: AzureBlobOptions,
  credentials: AzureBlobCredentials,
): ContainerClient {
  const { account, container } = options;
  const { connectionString, sasToken, accountKey } = credentials;
  const pipeline: StoragePipelineOptions = {
    retryOptions: { maxTries: 3, retryDelayInMs: 300, maxRetryDelayInMs: 2_000, tryTimeoutInMs: 60_000 },
  };
  if (connectionString !== undefined) {
    try {
      return new ContainerClient(connectionString, container, pipeline);
    } catch {
      // The SDK's own error may quote the string, and with it the key.
      throw invalid(
        'the connection string of the Azure storage account is not one',
        'Copy it from the account\'s "Access keys" page.',
      );
    }
  }
  const endpoint =
    options.endpoint ?? (account === undefined ? undefined : `https://${account}.blob.core.windows.net`);
  if (endpoint === undefined)
    throw invalid('no Azure storage account is named', 'Set account, endpoint or connectionString.');
  const url = `${endpoint.replace(/\/+$/, '')}/${encodeURIComponent(container)}`;
  if (sasToken !== undefined)
    return new ContainerClient(`${url}?${sasToken.replace(/^\?/, '')}`, new AnonymousCredential(), pipeline);
  if (accountKey !== undefined && account !== undefined) {
    return new ContainerClient(url, new StorageSharedKeyCredential(account, accountKey), pipeline);
  }
  throw invalid(
    `no credentials are given for Azure container "${container}"`,
    'Set connectionString or sasToken.',
  );
}

/** `azure://account/container/prefix`, without the SAS that the client's own URL carries. */
export function locationOf(client: ContainerClient, prefix: string): string {
  return `azure://${client.accountName}/${client.containerName}/${prefix}`.replace(/\/$/, '');
}

export function isNotFound(error: unknown): boolean {
  return error instanceof RestError && error.statusCode === 404 && codeOf(error) !== 'ContainerNotFound';
}

/** What the store or the network refused, as one sentence that says which, and what to look at. */
export function toStoreError(error: unknown, what: string, location: string, container: string): DrillError {
  if (error instanceof DrillError) return error;
  const [reason, hint] = explain(error, container);
  const status = error instanceof RestError ? error.statusCode : undefined;
  return new DrillError('STORE_UNREADABLE', `cannot ${what} in ${location}: ${reason}`, {
    // Not the error itself: it holds the request, and with it the signature of a SAS.
    cause: new Error(codeOf(error) || (error instanceof Error ? error.name : 'unknown')),
    hint,
    details: { location, ...(status !== undefined && { status }) },
  });
}

function explain(error: unknown, container: string): [reason: string, hint: string] {
  const status = error instanceof RestError ? error.statusCode : undefined;
  const code = codeOf(error);
  if (code === 'ContainerNotFound' || code === 'ResourceNotFound') {
    return [`container "${container}" does not exist`, 'Check the container and the account.'];
  }
  if (status === 401 || status === 403) {
    return [
      `the credentials were refused (${code || status})`,
      'Check the key or the SAS, its expiry and its permissions (read and list), and the clock of this machine.',
    ];
  }
  if (status === undefined) {
    return [
      `the account cannot be reached (${code || 'no answer'})`,
      'Check the endpoint, the network, and that the store is up.',
    ];
  }
  return [`the store answered ${code || status}`, 'Check the state of the store, then run again.'];
}

function codeOf(error: unknown): string {
  if (error instanceof RestError) {
    const details = error.details as { errorCode?: string } | undefined;
    return details?.errorCode ?? error.code ?? '';
  }
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function invalid(message: string, hint: string): DrillError {
  return new DrillError('CONFIG_INVALID', message, { hint });
}
