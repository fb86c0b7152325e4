import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Client } from 'pg';
import { startCluster, type LabCluster } from '../../lab/database/cluster.ts';
import { findFreePort } from '../../src/support/ports.ts';

export interface ThrowAwayDatabase extends AsyncDisposable {
  readonly cluster: LabCluster;
  /** A folder that PostgreSQL's tools may read. */
  readonly directory: string;
  /** A new, empty database that Mattermost's role owns, and a connection as that role. Ended with the cluster. */
  create(name: string): Promise<Client>;
}

/** A PostgreSQL cluster for one test file. */
export async function openThrowAwayDatabase(): Promise<ThrowAwayDatabase> {
  const directory = await mkdtemp(path.join(tmpdir(), 'muster-database-'));
  await chmod(directory, 0o755);
  const cluster = await startCluster({
    directory: path.join(directory, 'cluster'),
    port: await findFreePort(),
  });
  const clients: Client[] = [];
  return {
    cluster,
    directory,
    async create(name) {
      const admin = await cluster.connect();
      await admin.query(`create database ${name} owner ${cluster.user}`);
      await admin.end();
      const client = await cluster.connect(name);
      clients.push(client);
      await client.query(`set role ${cluster.user}`);
      return client;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.end()));
      await cluster.stop();
      await rm(directory, { recursive: true });
    },
  };
}
