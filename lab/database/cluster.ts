import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { createCluster, type Cluster, type ClusterOptions } from '../../src/providers/database/cluster.ts';

export interface LabClusterOptions extends Pick<
  ClusterOptions,
  'directory' | 'port' | 'start' | 'detached' | 'signal'
> {
  /** Loopback, unless told otherwise. */
  readonly address?: string;
  /** Drawn by chance unless given. */
  readonly superuserPassword?: string;
  /** The password of the role that owns the database, `mmuser`. Drawn by chance unless given. */
  readonly password?: string;
}

export interface LabCluster extends Cluster {
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** As Mattermost wants it in `SqlSettings.DataSource`. */
  readonly dataSource: string;
}

const DATABASE = 'mattermost';
const USER = 'mmuser';
const READER = 'muster_baseline';
const RESTORER = 'muster_restore';

/** The primary site's PostgreSQL: a cluster of its own with an empty database that Mattermost's role owns. */
export async function startCluster({
  password = drawPassword(),
  ...options
}: LabClusterOptions): Promise<LabCluster> {
  const cluster = await startServer(options);
  const client = await cluster.connect();
  try {
    await client.query(`create role ${USER} login password ${client.escapeLiteral(password)}`);
    await client.query(`create database ${DATABASE} owner ${USER}`);
  } finally {
    await client.end();
  }
  const login = `${USER}:${encodeURIComponent(password)}`;
  return {
    ...cluster,
    database: DATABASE,
    user: USER,
    password,
    dataSource: `postgres://${login}@${cluster.address}:${cluster.port}/${DATABASE}?sslmode=disable`,
  };
}

/** A server for restored copies, with a role that may make databases and nothing more. */
export async function startScratchServer(
  options: Omit<LabClusterOptions, 'password'>,
): Promise<Cluster & { readonly user: string; readonly password: string }> {
  const cluster = await startServer(options);
  const password = drawPassword();
  const client = await cluster.connect();
  try {
    await client.query(`create role ${RESTORER} login createdb password ${client.escapeLiteral(password)}`);
  } finally {
    await client.end();
  }
  return { ...cluster, user: RESTORER, password };
}

async function startServer({
  address = '127.0.0.1',
  superuserPassword = drawPassword(),
  ...options
}: Omit<LabClusterOptions, 'password'>): Promise<Cluster> {
  return createCluster({
    ...{ ...options, address, superuserPassword, settings: THROW_AWAY },
    // Elsewhere than on loopback it is for others, in a network of the lab's own.
    admits: address === '127.0.0.1' ? undefined : 'all',
  });
}

/** Opens the cluster's Mattermost database so that what is created there belongs to Mattermost's role. */
export async function connectAsOwner(cluster: LabCluster): Promise<Client> {
  const client = await cluster.connect(cluster.database);
  await client.query(`set role ${cluster.user}`);
  return client;
}

/** A role that may read everything and nothing else, for baselines. */
export async function createBaselineReader({ connect, address, port }: Cluster) {
  const password = drawPassword();
  const client = await connect();
  try {
    await client.query(`create role ${READER} login password ${client.escapeLiteral(password)}`);
    await client.query(`grant pg_read_all_data to ${READER}`);
  } finally {
    await client.end();
  }
  return { host: address, port, user: READER, password };
}

/** The lab's data can be made again at any time: a crash may cost it all. */
const THROW_AWAY = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '4GB',
  shared_buffers: '128MB',
  maintenance_work_mem: '128MB',
  max_connections: '120',
};

function drawPassword(): string {
  return randomBytes(18).toString('base64url');
}
