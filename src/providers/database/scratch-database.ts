import { randomBytes } from 'node:crypto';
import { rm, rmdir, symlink } from 'node:fs/promises';
import { totalmem } from 'node:os';
import path from 'node:path';
import type { Client } from 'pg';
import type { StepContext } from '../../model/drill.ts';
import { DrillError } from '../../model/errors.ts';
import type { ScratchFacts } from '../../model/facts.ts';
import { findFreePort } from '../../support/ports.ts';
import type { ProcessRef, StartOptions } from '../../support/processes.ts';
import { enter } from '../../support/scratch-network/enter.ts';
import { createCluster } from './cluster.ts';
import { markScratch, readScratchMark } from './scratch-marker.ts';
import { quoteIdentifier, quoteLiteral, withClient, type Target } from './target.ts';

const SCRATCH_SERVER = 'scratch database server';

const OWNER = 'mmuser';
const DATABASE = 'mattermost';

/** For a copy that may be lost, while nothing but the restore uses it; taken back by `settleDown`. */
const WHILE_RESTORING = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  max_wal_size: '16GB',
  checkpoint_timeout: '1h',
};

/** Sessions that load and build. Bigger maintenance_work_mem makes the big full-text indexes slower, not faster. */
export const SESSION_SETTINGS = {
  maintenance_work_mem: '64MB',
  max_parallel_maintenance_workers: '0',
  jit: 'off',
};

export interface ScratchDatabase {
  readonly target: Target;
  readonly systemIdentifier: string;
  readonly serverVersion: string;
  /** Ends the settings that suit a restore and nobody else: from here on it runs as PostgreSQL does by default. */
  settleDown(): Promise<void>;
}

/** The folder of the scratch cluster. */
function clusterFolder({ databaseDirectory, directory }: ScratchFacts): string {
  return path.join(databaseDirectory ?? directory, 'postgresql');
}

/** A PostgreSQL cluster of its own on this machine. */
export async function createScratchCluster(
  ctx: StepContext,
  scratch: ScratchFacts,
): Promise<ScratchDatabase> {
  const directory = clusterFolder(scratch);
  const [superuserPassword, password] = [newPassword(ctx), newPassword(ctx)];
  const network = ctx.get('network');
  const port = await findFreePort([scratch.address]);
  // In a network of its own it is reached from here by its socket alone, and from inside by an address of that network.
  const socketDirectory = network.kind === 'namespace' ? path.join(network.directory, 'db') : undefined;
  const address = socketDirectory === undefined ? scratch.address : '127.0.0.1';
  ctx.created({ kind: 'folder', name: directory });
  const cluster = await createCluster({
    directory,
    port,
    address,
    socketDirectory,
    superuserPassword,
    signal: ctx.signal,
    settings: {
      shared_buffers: `${sharedBuffersMiB()}MB`,
      max_connections: '300',
      wal_level: 'minimal',
      max_wal_senders: '0',
      // Its log is evidence: what people wrote must not get there with a failed statement.
      log_error_verbosity: 'terse',
      log_min_error_statement: 'panic',
    },
    start: (options) => launchServer(ctx, options),
  });
  const host = cluster.address;
  const admin: Target = {
    host,
    port,
    user: cluster.superuser,
    password: superuserPassword,
    database: 'postgres',
  };
  const serverVersion = await withClient(admin, async (client) => {
    for (const [name, value] of Object.entries(WHILE_RESTORING))
      await client.query(`alter system set ${name} = ${quoteLiteral(value)}`);
    await client.query('select pg_reload_conf()');
    await client.query(`create role ${OWNER} login password ${quoteLiteral(password)}`);
    await client.query(`create database ${DATABASE} owner ${OWNER} template template0 encoding 'UTF8'`);
    await markScratch(client, DATABASE, ctx.runId);
    return (
      (await client.query<{ server_version: string }>('show server_version')).rows[0]?.server_version ?? ''
    );
  });
  return {
    target: { host, port, user: OWNER, password, database: DATABASE },
    systemIdentifier: cluster.systemIdentifier,
    serverVersion,
    settleDown: () =>
      withClient(admin, async (client) => {
        for (const name of Object.keys(WHILE_RESTORING)) await client.query(`alter system reset ${name}`);
        await client.query('select pg_reload_conf()');
      }),
  };
}

/** Through the run's own launcher, which writes the process down for undo; its log is where the cluster looks for it. */
async function launchServer(
  ctx: StepContext,
  { command, args, env, cwd, logFile }: StartOptions,
): Promise<ProcessRef> {
  const launched = await ctx.launch({
    role: SCRATCH_SERVER,
    ...(await enter(ctx.get('network'), { command, args })),
    ...(env && { env }),
    ...(cwd !== undefined && { cwd }),
  });
  await symlink(path.resolve(launched.logFile), logFile);
  return launched;
}

export interface GivenServer extends Omit<Target, 'database'> {
  /** The database to make. */
  readonly name: string;
}

function onServer({ host, port, user, password, sslRootCert }: GivenServer, database = 'postgres'): Target {
  return { host, port, user, password, sslRootCert, database };
}

const resourceOf = ({ name, host, port }: GivenServer) => ({
  kind: 'database' as const,
  name: `${name} on ${host}:${port}`,
});

/** A scratch database on a server that is given. Rejects with SCRATCH_NOT_EMPTY when it is there already. */
export async function createScratchDatabase(ctx: StepContext, server: GivenServer): Promise<ScratchDatabase> {
  const { name } = server;
  return withClient(onServer(server), async (client) => {
    await refuseExisting(client, server);
    ctx.created(resourceOf(server));
    await client.query(`create database ${quoteIdentifier(name)} template template0 encoding 'UTF8'`);
    await markScratch(client, name, ctx.runId);
    const { rows } = await client.query<{ version: string; id: string }>(
      `select current_setting('server_version') as version, system_identifier::text as id from pg_control_system()`,
    );
    return {
      target: onServer(server, name),
      systemIdentifier: rows[0]?.id ?? '',
      serverVersion: rows[0]?.version ?? '',
      settleDown: async () => {},
    };
  });
}

/** Rejects with SCRATCH_NOT_EMPTY when the database that a run would make is there already. */
export async function requireNoDatabase(server: GivenServer): Promise<void> {
  await withClient(onServer(server), (client) => refuseExisting(client, server));
}

async function refuseExisting(client: Client, { name, host, port }: GivenServer): Promise<void> {
  const { exists, runId } = await readScratchMark(client, name);
  if (!exists) return;
  throw new DrillError(
    'SCRATCH_NOT_EMPTY',
    `database "${name}" on ${host}:${port} is there already, and the drill makes its own`,
    {
      hint:
        runId === undefined
          ? 'Muster did not make it and leaves it alone: give scratch.database.name another value.'
          : `Run \`muster undo ${runId}\`, which takes away what that run left.`,
    },
  );
}

/** Drops the database that this run made. One without this run's mark is not touched. */
export async function dropScratchDatabase(ctx: StepContext, server: GivenServer): Promise<void> {
  const { name } = server;
  await withClient(onServer(server), async (client) => {
    const { exists, runId } = await readScratchMark(client, name);
    if (exists && runId === ctx.runId)
      await client.query(`drop database ${quoteIdentifier(name)} with (force)`);
    ctx.removed(resourceOf(server));
  });
}

/** Ends the scratch cluster and takes its folder away. */
export async function removeScratchCluster(ctx: StepContext, scratch: ScratchFacts): Promise<void> {
  await ctx.endLaunched(SCRATCH_SERVER);
  const directory = clusterFolder(scratch);
  await rm(directory, { recursive: true, force: true });
  ctx.removed({ kind: 'folder', name: directory });
  // Made on the way, and ours only as long as nothing else is in it.
  if (scratch.databaseDirectory !== null) await rmdir(scratch.databaseDirectory).catch(() => {});
}

function newPassword(ctx: StepContext): string {
  const password = randomBytes(24).toString('base64url');
  ctx.hide(password);
  return password;
}

/** An eighth of the memory, but no more than 1 GiB: the rest is the page cache's, and the application's. */
function sharedBuffersMiB(): number {
  return Math.round(Math.min(Math.max(totalmem() / 8 / 2 ** 20, 64), 1024));
}
