import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  CreateBucketCommand,
  ListBucketsCommand,
  PutBucketEncryptionCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { seconds } from '../../src/model/duration.ts';
import { DrillError } from '../../src/model/errors.ts';
import { findFreePort } from '../../src/support/ports.ts';
import {
  isRunning,
  startProcess,
  stopProcess,
  type ProcessRef,
  type RunningProcess,
} from '../../src/support/processes.ts';
import { requireTool } from '../../src/support/tools.ts';
import { startOnFreePorts } from './start-on-free-ports.ts';
import { waitFor } from '../../src/support/wait-for.ts';

export interface SeaweedfsOptions {
  /** Everything the server writes: data, keys, log, sockets. Created when missing. */
  readonly directory: string;
  readonly detached?: boolean;
  /** Loopback unless told. */
  readonly address?: string;
  /** Told before the start which sockets there will be outside the folder: whoever dies meanwhile leaves them. */
  willLeave?(sockets: readonly string[]): void;
}

export interface BucketOptions {
  readonly name: string;
  /** Object lock; where it is on, `days` keeps every version that long (GOVERNANCE) unless a put says otherwise. */
  readonly objectLock?: { readonly days?: number } | boolean;
}

/** How to reach the server: what a config needs, as plain JSON. */
export interface S3Server {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Plain JSON: enough for another process to end the server and to take away what it leaves behind. */
export interface SeaweedfsRef extends ProcessRef {
  /** Unix sockets whose paths the server does not let us choose, and which it leaves behind when killed. */
  readonly sockets: readonly string[];
}

export interface Seaweedfs extends S3Server, AsyncDisposable {
  readonly process: SeaweedfsRef;
  /** Makes a versioned bucket that encrypts whatever is put into it. */
  createBucket(bucket: BucketOptions): Promise<void>;
  stop(): Promise<void>;
}

const REGION = 'us-east-1';

/** Starts an S3 server, on free ports. Rejects with LAB_FAILED when it does not answer. */
export async function startSeaweedfs(options: SeaweedfsOptions): Promise<Seaweedfs> {
  return startOnFreePorts(() => startOnce(options));
}

async function startOnce({
  directory,
  detached = false,
  address = '127.0.0.1',
  willLeave,
}: SeaweedfsOptions): Promise<Seaweedfs> {
  const command = await requireTool('weed');
  const secrets = await requireSecrets(directory);
  const ports = await findPorts(address);
  const sockets = Object.entries(ports).map(
    ([service, { grpc }]) => `/tmp/seaweedfs-${service}-grpc-${grpc}.sock`,
  );
  willLeave?.(sockets);
  const logFile = path.join(directory, 'seaweedfs.log');
  const running = await startProcess({
    command,
    args: argumentsFor(address, ports, directory),
    // Without this key the server refuses every put that asks for encryption.
    env: { WEED_S3_SSE_KEK: secrets.encryptionKey },
    cwd: directory,
    logFile,
    detached,
  });
  const server: S3Server = {
    endpoint: `http://${address}:${ports.s3.http}`,
    region: REGION,
    accessKeyId: secrets.accessKeyId,
    secretAccessKey: secrets.secretAccessKey,
  };
  const ref: SeaweedfsRef = { pid: running.pid, startTime: running.startTime, sockets };
  const stop = () => stopSeaweedfs(ref);
  try {
    await requireAnswer(server, running, logFile);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ...server,
    process: ref,
    createBucket: (bucket) => createBucket(server, bucket),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Also ends one that another process of ours has started. */
export async function stopSeaweedfs(process: SeaweedfsRef): Promise<void> {
  // A clean stop can take longer than 20 s, and the lab's data is thrown away right after.
  await stopProcess(process, { grace: seconds(2) });
  for (const socket of process.sockets) await rm(socket, { force: true });
}

export function createS3Client({ endpoint, region, accessKeyId, secretAccessKey }: S3Server): S3Client {
  return new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

async function createBucket(server: S3Server, { name, objectLock = false }: BucketOptions): Promise<void> {
  const client = createS3Client(server);
  const Bucket = name;
  try {
    await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: objectLock !== false }));
    await client.send(
      new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    );
    const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const } }];
    await client.send(
      new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }),
    );
    const Days = typeof objectLock === 'object' ? objectLock.days : undefined;
    if (Days !== undefined) {
      const Rule = { DefaultRetention: { Mode: 'GOVERNANCE' as const, Days } };
      const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled' as const, Rule };
      await client.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
    }
  } finally {
    client.destroy();
  }
}

const SERVICES = ['master', 'volume', 'filer', 's3'] as const;
type Ports = Record<(typeof SERVICES)[number], { readonly http: number; readonly grpc: number }>;

/** The default of each gRPC port is its HTTP port + 10000, which may be beyond the last port there is. */
async function findPorts(address: string): Promise<Ports> {
  const taken = new Set<number>();
  const next = async () => {
    for (;;) {
      const port = await findFreePort([address]);
      if (!taken.has(port)) return (taken.add(port), port);
    }
  };
  const ports: Partial<Ports> = {};
  for (const service of SERVICES) ports[service] = { http: await next(), grpc: await next() };
  return ports as Ports;
}

function argumentsFor(address: string, ports: Ports, directory: string): string[] {
  return [
    '-logtostderr',
    'server',
    `-dir=${path.join(directory, 'data')}`,
    `-ip=${address}`,
    `-ip.bind=${address}`,
    '-master.telemetry=false',
    // Each bucket grows seven volumes: the default of eight is spent by the second.
    '-volume.max=400',
    '-master.volumeSizeLimitMB=64',
    '-volume.preStopSeconds=1',
    ...SERVICES.flatMap((name) => [
      `-${name}.port=${ports[name].http}`,
      `-${name}.port.grpc=${ports[name].grpc}`,
    ]),
    '-filer',
    // Relative to the working folder: the length of a socket's path is limited.
    '-filer.localSocket=filer.sock',
    '-s3',
    '-s3.port.iceberg=0',
    '-s3.port.lance=0',
    '-s3.localSocket=s3.sock',
    `-s3.config=${path.join(directory, 's3.json')}`,
  ];
}

interface Secrets {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly encryptionKey: string;
}

/** Made once per lab and kept beside the data, which cannot be read without them. */
async function requireSecrets(directory: string): Promise<Secrets> {
  await mkdir(path.join(directory, 'data'), { recursive: true, mode: 0o700 });
  const file = path.join(directory, 'secrets.json');
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept !== undefined) return JSON.parse(kept) as Secrets;
  const secrets: Secrets = {
    accessKeyId: `LAB${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(24).toString('base64url'),
    encryptionKey: randomBytes(32).toString('hex'),
  };
  const credentials = [{ accessKey: secrets.accessKeyId, secretKey: secrets.secretAccessKey }];
  const identities = [{ name: 'lab', credentials, actions: ['Admin', 'Read', 'Write', 'List', 'Tagging'] }];
  await writeFile(path.join(directory, 's3.json'), JSON.stringify({ identities }), { mode: 0o600 });
  await writeFile(file, JSON.stringify(secrets), { mode: 0o600 });
  return secrets;
}

async function requireAnswer(server: S3Server, running: RunningProcess, logFile: string): Promise<void> {
  const client = createS3Client(server);
  const answered = await waitFor(
    async () => {
      if (!isRunning(running)) return false;
      return client.send(new ListBucketsCommand({})).then(
        () => true,
        () => undefined,
      );
    },
    { timeout: seconds(60), interval: 200 },
  ).finally(() => client.destroy());
  if (answered) return;
  throw new DrillError(
    'LAB_FAILED',
    `the S3 server ${answered === false ? 'ended at once' : 'did not answer within 60s'}`,
    {
      hint: `Its log says why: ${logFile}`,
      details: { endedAtOnce: answered === false },
    },
  );
}
