import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import pg from 'pg';
import { createS3Client, type S3Server } from '../../../lab/storage/seaweedfs.ts';
import { openCluster, type Cluster } from '../../../src/providers/cluster/index.ts';
import { titleOf } from '../../../src/support/velero-tarball.ts';
import { openGate, type Gate } from './gate.ts';

/** What a test does inside the lab's network, where nobody outside gets to: `inside-network.ts` is the other end. */
export interface Inside extends Pick<Cluster, 'read' | 'list' | 'create' | 'patch' | 'remove'> {
  get(key: string): Promise<Buffer>;
  put(key: string, body: Buffer): Promise<void>;
  /** The bucket keeps what was there as an older version. */
  delete(key: string): Promise<void>;
  keys(prefix: string): Promise<string[]>;
  /** Puts a gate before the API server; resolves to where it is. Closed by `closeGate`. */
  openGate(): Promise<string>;
  closeGate(): Promise<void>;
  /** What a drill has made in the cluster, on the database server and in the bucket of restored files, and is still there. */
  left(): Promise<string[]>;
}

export interface InsideOptions {
  readonly kubeconfig: string;
  readonly apiServer: string;
  readonly s3: S3Server;
  readonly bucket: string;
  readonly scratchBucket: string;
  readonly database: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
  };
}

const options = JSON.parse(process.env['MUSTER_INSIDE'] ?? '') as InsideOptions;
const cluster = await openCluster(options);
const s3 = createS3Client(options.s3);
let gate: Gate | undefined;

const inside: Inside = {
  ...cluster,
  async get(Key) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: options.bucket, Key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  },
  async put(Key, Body) {
    await s3.send(new PutObjectCommand({ Bucket: options.bucket, Key, Body }));
  },
  async delete(Key) {
    await s3.send(new DeleteObjectCommand({ Bucket: options.bucket, Key }));
  },
  keys: (prefix) => keysIn(options.bucket, prefix),
  async openGate() {
    gate = await openGate(options.apiServer);
    return gate.endpoint;
  },
  async closeGate() {
    await gate?.close();
  },
  async left() {
    const labelled = async (apiVersion: string, kind: string) =>
      (await cluster.list({ apiVersion, kind })).filter(
        ({ metadata }) =>
          metadata.labels?.['muster/run'] !== undefined || metadata.name.startsWith('muster-20'),
      );
    const objects = [
      ...(await labelled('v1', 'Namespace')),
      ...(await labelled('v1', 'ConfigMap')),
      ...(await labelled('rbac.authorization.k8s.io/v1', 'RoleBinding')),
      ...(await labelled('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding')),
      ...(await cluster.list({ apiVersion: 'velero.io/v1', kind: 'Restore' })),
      ...(await cluster.list({ apiVersion: 'velero.io/v1', kind: 'ServerStatusRequest' })),
    ];
    return [
      ...objects.map(titleOf),
      ...(await heldOperator()),
      ...(await keysIn(options.scratchBucket, '')),
      ...(await databases()),
    ];
  },
};

async function heldOperator(): Promise<string[]> {
  const name = 'mattermost-operator';
  const operator = await cluster.read({ apiVersion: 'apps/v1', kind: 'Deployment', name, namespace: name });
  const { replicas } = (operator?.['spec'] ?? {}) as { replicas?: number };
  const held = operator?.metadata.annotations?.['muster/replicas-before'];
  return replicas === 1 && held === undefined ? [] : [`${name} with ${replicas} replicas, held at ${held}`];
}

async function databases(): Promise<string[]> {
  const client = new pg.Client({ ...options.database, database: 'postgres' });
  await client.connect();
  const { rows } = await client
    .query<{ datname: string }>(
      "select datname from pg_database where datname not in ('postgres', 'template0', 'template1')",
    )
    .finally(() => client.end());
  return rows.map(({ datname }) => `database ${datname}`);
}

async function keysIn(Bucket: string, Prefix: string): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
  return Contents.map(({ Key = '' }) => Key);
}

export interface Question {
  readonly id: number;
  readonly name: keyof Inside;
  readonly args: readonly unknown[];
}

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

process.on('message', ({ id, name, args }: Question) => {
  const say = (answer: Omit<Answer, 'id'>) => void process.send?.({ id, ...answer });
  (inside[name] as (...args: readonly unknown[]) => Promise<unknown>)(...args).then(
    (value) => say({ value }),
    (error: unknown) => say({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.({ id: 0 } satisfies Answer);
