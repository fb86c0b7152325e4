import { S3Client, S3ServiceException, type S3ClientConfig } from '@aws-sdk/client-s3';
import { seconds } from '../../model/duration.ts';
import { DrillError } from '../../model/errors.ts';

export interface S3Options {
  readonly kind: 's3';
  readonly bucket: string;
  readonly prefix?: string | undefined;
  readonly region: string;
  /** For stores other than AWS. */
  readonly endpoint?: string | undefined;
  /** Bucket in the path instead of the host name: most stores other than AWS want this. */
  readonly forcePathStyle?: boolean | undefined;
  /** Keys per page of a list; the store's own default when undefined. */
  readonly pageSize?: number | undefined;
  /** What `retainUntil` asks for: COMPLIANCE (the default) cannot be lifted by anyone before its time. */
  readonly retentionMode?: 'COMPLIANCE' | 'GOVERNANCE' | undefined;
}

/** Without keys the SDK's default chain is asked: environment, shared files, web identity, instance role. */
export interface S3Credentials {
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
  readonly sessionToken?: string | undefined;
}

export function createS3Client(
  options: S3Options,
  { accessKeyId, secretAccessKey, sessionToken }: S3Credentials,
): S3Client {
  const config: S3ClientConfig = {
    region: options.region,
    maxAttempts: 3,
    // Stores other than AWS refuse the checksum trailers that the SDK adds by default, or answer with none.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: seconds(5),
      requestTimeout: seconds(60),
      throwOnRequestTimeout: true,
      socketTimeout: seconds(60),
    },
  };
  if (options.endpoint !== undefined) config.endpoint = options.endpoint;
  if (options.forcePathStyle !== undefined) config.forcePathStyle = options.forcePathStyle;
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    config.credentials = {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
    };
  }
  return new S3Client(config);
}

export function isNotFound(error: unknown): boolean {
  return (
    error instanceof S3ServiceException && ['NoSuchKey', 'NotFound', 'NoSuchVersion'].includes(error.name)
  );
}

/** What the store or the network refused, as one sentence that says which, and what to look at. */
export function toStoreError(error: unknown, what: string, location: string, options: S3Options): DrillError {
  if (error instanceof DrillError) return error;
  const at = options.endpoint ?? `AWS region ${options.region}`;
  const [reason, hint] = explain(error, options.bucket, at);
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
  return new DrillError('STORE_UNREADABLE', `cannot ${what} in ${location}: ${reason}`, {
    cause: error,
    hint,
    details: { location, endpoint: at, ...(status !== undefined && { status }) },
  });
}

const BAD_CREDENTIALS = [
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'CredentialsProviderError',
  'ExpiredToken',
  'InvalidToken',
];
const NOT_REACHED =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ECONNRESET|EPIPE|TimeoutError|CERT|SELF_SIGNED|UNABLE_TO/;

function explain(error: unknown, bucket: string, at: string): [reason: string, hint: string] {
  const name = error instanceof Error ? error.name : '';
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
  if (name === 'NoSuchBucket') {
    return [
      `bucket "${bucket}" does not exist at ${at}`,
      'Check the bucket name, the region and the endpoint.',
    ];
  }
  if (BAD_CREDENTIALS.includes(name)) {
    return [
      `the credentials were refused (${name})`,
      'Check the access key, the secret key and their expiry, and the clock of this machine.',
    ];
  }
  if (status === 401 || status === 403) {
    return [
      `access was denied (${status})`,
      'Check the keys, and that they may list and get objects in this bucket and prefix.',
    ];
  }
  if (status === 301 || status === 307 || name === 'PermanentRedirect') {
    return [`the bucket is not served from ${at}`, 'Check the region of the bucket.'];
  }
  if (NOT_REACHED.test(`${name} ${codeOf(error)}`)) {
    return [
      `${at} cannot be reached (${codeOf(error) || name})`,
      'Check the endpoint, the network, and that the store is up.',
    ];
  }
  return [
    `the store answered ${name || 'nothing we know'}${status ? ` (${status})` : ''}`,
    'Check the state of the store, then run again.',
  ];
}

/** The system's code; a connection tried on several addresses hides it one level down. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return codeOf(error.cause);
}
