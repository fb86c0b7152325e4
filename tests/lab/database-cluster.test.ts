import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectAsOwner, startCluster, startScratchServer } from '../../lab/database/cluster.ts';
import { createCluster } from '../../src/providers/database/cluster.ts';
import { findFreePort } from '../../src/support/ports.ts';
import { isRunning, startProcess, type StartOptions } from '../../src/support/processes.ts';

describe('a cluster of our own', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'muster-cluster-'));
    await chmod(directory, 0o755);
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("holds an empty UTF8 database that Mattermost's role owns, and ends when stopped", async () => {
    const cluster = await startCluster({
      directory: path.join(directory, 'lab'),
      port: await findFreePort(),
    });
    const client = await connectAsOwner(cluster);
    const { rows } =
      await client.query(`select current_user as role, datcollate, pg_encoding_to_char(encoding) as encoding
      from pg_database where datname = current_database()`);
    expect(rows).toEqual([{ role: 'mmuser', datcollate: 'C.UTF-8', encoding: 'UTF8' }]);
    await client.end();
    const login = new Client({ connectionString: cluster.dataSource });
    await login.connect();
    await login.end();
    await cluster.stop();
    expect(isRunning(cluster.process)).toBe(false);
  }, 30_000);

  it('lets the role for restored copies make databases and nothing more, from where it is told', async () => {
    const server = await startScratchServer({
      directory: path.join(directory, 'scratch'),
      address: '127.0.0.5',
      port: await findFreePort(['127.0.0.5']),
    });
    try {
      const superuser = await server.connect();
      const { rows } = await superuser.query(`select address from pg_hba_file_rules where address = 'all'`);
      await superuser.end();
      expect(rows).toHaveLength(1);
      const { address: host, port, user, password } = server;
      const restorer = new Client({ host, port, user, password, database: 'postgres' });
      await restorer.connect();
      await restorer.query('create database muster_scratch');
      await expect(restorer.query('create role another')).rejects.toMatchObject({ code: '42501' });
      await restorer.end();
    } finally {
      await server.stop();
    }
  }, 30_000);

  it('lets nobody in without the password', async () => {
    const cluster = await startCluster({
      directory: path.join(directory, 'lab'),
      port: await findFreePort(),
    });
    try {
      const { address: host, port, superuser: user } = cluster;
      const stranger = new Client({ host, port, user, database: 'postgres', password: 'wrong' });
      await expect(stranger.connect()).rejects.toMatchObject({ code: '28P01' });
    } finally {
      await cluster.stop();
    }
  }, 30_000);

  it('does not run as root, and starts through the launcher that it is given', async () => {
    const started: StartOptions[] = [];
    const cluster = await createCluster({
      directory: path.join(directory, 'scratch'),
      address: '127.0.0.1',
      port: await findFreePort(),
      settings: { max_connections: '17' },
      superuserPassword: 'for this test',
      start: (options) => {
        started.push(options);
        return startProcess(options);
      },
    });
    try {
      const client = await cluster.connect();
      const { rows } = await client.query('show max_connections');
      await client.end();
      expect(rows).toEqual([{ max_connections: '17' }]);
      expect(started).toHaveLength(1);
      expect(cluster.systemIdentifier).toMatch(/^\d{19}$/);
      expect((await stat(`/proc/${cluster.process.pid}`)).uid).not.toBe(0);
    } finally {
      await cluster.stop();
    }
  }, 30_000);

  it('rejects a taken port with PORT_TAKEN, naming the address', async () => {
    const server = await listen();
    const { port } = server.address() as { port: number };
    try {
      await expect(startCluster({ directory: path.join(directory, 'lab'), port })).rejects.toMatchObject({
        code: 'PORT_TAKEN',
        message: expect.stringContaining(`127.0.0.1:${port}`),
      });
    } finally {
      server.close();
    }
  });

  it("rejects a setting that PostgreSQL refuses with the server's own words", async () => {
    const options = {
      directory: path.join(directory, 'scratch'),
      address: '127.0.0.1',
      superuserPassword: 'x',
    };
    const settings = { shared_buffers: 'plenty' };
    await expect(createCluster({ ...options, port: await findFreePort(), settings })).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      details: { said: expect.stringContaining('shared_buffers') },
    });
  }, 30_000);
});

function listen(): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
  });
}
