import { appendFile, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { Client } from 'pg';
import { seconds, type Milliseconds } from '../../model/duration.ts';
import { DrillError } from '../../model/errors.ts';
import { isPortFree } from '../../support/ports.ts';
import {
  isRunning,
  startProcess,
  stopProcess,
  type ProcessRef,
  type StartOptions,
} from '../../support/processes.ts';
import { requireTool } from '../../support/tools.ts';
import { waitFor } from '../../support/wait-for.ts';

export interface ClusterOptions {
  /** Made if need be and then given to the user that the server runs as, who must be able to reach it. */
  readonly directory: string;
  readonly port: number;
  /** The only address that the server listens on. */
  readonly address: string;
  /** A folder for a Unix socket, by which it is then reached from here; its path must be short (unix(7)). */
  readonly socketDirectory?: string | undefined;
  /** Who may come in with a password beside this machine, as pg_hba.conf writes addresses: `10.0.0.0/8`, `all`. */
  readonly admits?: string | undefined;
  /** Server settings by name, on top of PostgreSQL's own. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly superuserPassword: string;
  /** Starts the server. The engine gives its own, which writes the process down for undo. */
  readonly start?: (options: StartOptions) => Promise<ProcessRef>;
  readonly detached?: boolean;
  readonly signal?: AbortSignal;
}

export interface Cluster {
  /** Where it is reached from here: an address, or the folder of its socket. */
  readonly address: string;
  readonly port: number;
  readonly superuser: string;
  readonly superuserPassword: string;
  readonly dataDirectory: string;
  readonly logFile: string;
  /** Drawn by initdb: no two clusters share one, but a cluster and its physical copies do. */
  readonly systemIdentifier: string;
  readonly process: ProcessRef;
  /** A connection as superuser; the caller ends it. */
  connect(database?: string): Promise<Client>;
  /** Ends sessions and the server. Its files stay. */
  stop(): Promise<void>;
}

const SUPERUSER = 'postgres';
const START_TIMEOUT: Milliseconds = seconds(60);

/**
 * Makes a PostgreSQL cluster (UTF8, C.UTF-8, passwords by SCRAM, TCP only unless a folder for a socket is given) and starts it. Started as root, the
 * server drops to `postgres` or else `nobody`. Rejects with PORT_TAKEN, TOOL_MISSING or COMMAND_FAILED.
 */
export async function createCluster(options: ClusterOptions): Promise<Cluster> {
  const { directory, port, address, superuserPassword, signal } = options;
  const [initdb, postgres, account] = await Promise.all([
    requireTool('initdb'),
    requireTool('postgres'),
    findServerAccount(),
  ]);
  if (!(await isPortFree(port, address))) throw portTaken(address, port);

  const dataDirectory = path.join(directory, 'data');
  const logFile = path.join(directory, 'postgresql.log');
  await mkdir(directory, { recursive: true });
  if (account) await chown(directory, account.uid, account.gid);
  await initialise({ initdb, directory, dataDirectory, superuserPassword, account, signal });
  const { admits, socketDirectory } = options;
  if (admits !== undefined)
    await appendFile(path.join(dataDirectory, 'pg_hba.conf'), `host all all ${admits} scram-sha-256\n`);

  if (socketDirectory !== undefined) {
    await mkdir(socketDirectory, { recursive: true, mode: 0o700 });
    if (account) await chown(socketDirectory, account.uid, account.gid);
  }
  const settings = {
    listen_addresses: address,
    port: String(port),
    ...SERVER_SETTINGS,
    unix_socket_directories: socketDirectory ?? '',
    ...options.settings,
  };
  const server = [postgres, '-D', dataDirectory, ...asArguments(settings)];
  const [command = postgres, ...args] = asAccount(account, server);
  const { start = startProcess, detached = false } = options;
  const running = await start({ command, args, cwd: directory, logFile, detached });
  const cluster = {
    address: socketDirectory ?? address,
    port,
    superuser: SUPERUSER,
    superuserPassword,
    dataDirectory,
    logFile,
  };
  try {
    const systemIdentifier = await waitUntilReady({ ...cluster, running, signal });
    return {
      ...cluster,
      systemIdentifier,
      process: running,
      connect: (database = 'postgres') => connect(cluster, database),
      stop: () => stopProcess(running, STOP),
    };
  } catch (error) {
    await stopProcess(running, STOP);
    throw error;
  }
}

/** SIGINT is PostgreSQL's fast shutdown: sessions are ended, data is kept. */
const STOP = { signal: 'SIGINT', grace: seconds(20) } as const;

const SERVER_SETTINGS = {
  lc_messages: 'C',
  logging_collector: 'off',
  log_timezone: 'UTC',
  timezone: 'UTC',
};

interface Account {
  /** The program that drops to it. */
  readonly setpriv: string;
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root. Undefined when we are not root and simply stay who we are. */
async function findServerAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = accounts.find(([account]) => account === name) ?? [];
    if (uid !== undefined && gid !== undefined) {
      return { setpriv: await requireTool('setpriv'), uid: Number(uid), gid: Number(gid) };
    }
  }
  throw new DrillError('TOOL_MISSING', 'PostgreSQL does not run as root, and there is no user to run it as', {
    hint: 'Add a user called postgres, or start Muster as an ordinary user.',
  });
}

function asAccount(account: Account | undefined, command: readonly string[]): string[] {
  if (!account) return [...command];
  return [account.setpriv, `--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups', ...command];
}

function asArguments(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

interface Initialisation {
  readonly initdb: string;
  readonly directory: string;
  readonly dataDirectory: string;
  readonly superuserPassword: string;
  readonly account: Account | undefined;
  readonly signal: AbortSignal | undefined;
}

async function initialise(job: Initialisation): Promise<void> {
  const { initdb, directory, dataDirectory, superuserPassword, account, signal } = job;
  const passwordFile = path.join(directory, 'superuser-password');
  await writeFile(passwordFile, superuserPassword, { mode: 0o600 });
  if (account) await chown(passwordFile, account.uid, account.gid);
  const [command = initdb, ...args] = asAccount(account, [
    initdb,
    '--pgdata',
    dataDirectory,
    '--username',
    SUPERUSER,
    '--pwfile',
    passwordFile,
    '--auth',
    'scram-sha-256',
    '--encoding',
    'UTF8',
    '--locale',
    'C.UTF-8',
    '--no-sync',
  ]);
  const result = await execa(command, args, {
    cwd: '/',
    env: { LC_ALL: 'C' },
    reject: false,
    ...(signal && { cancelSignal: signal }),
  });
  await rm(passwordFile, { force: true });
  signal?.throwIfAborted();
  if (result.failed) {
    throw new DrillError('COMMAND_FAILED', `initdb could not make a cluster in ${directory}`, {
      hint: 'The folder must be empty, and each folder above it open to the user that PostgreSQL runs as.',
      details: { said: lastLines(result.stderr || result.message || '') },
    });
  }
}

interface Startup extends Pick<Cluster, 'address' | 'port' | 'superuserPassword' | 'logFile'> {
  readonly running: ProcessRef;
  readonly signal: AbortSignal | undefined;
}

/** Resolves to the system identifier once the server takes queries. */
async function waitUntilReady({ running, signal, ...server }: Startup): Promise<string> {
  const identifier = await waitFor(
    async () => {
      if (!isRunning(running)) throw await startFailure(server, 'ended as soon as it was started');
      return readSystemIdentifier(server).catch(() => undefined);
    },
    { timeout: START_TIMEOUT, interval: 50, signal },
  );
  if (identifier === undefined)
    throw await startFailure(server, `was not ready within ${START_TIMEOUT / 1000} s`);
  return identifier;
}

async function readSystemIdentifier(
  server: Pick<Cluster, 'address' | 'port' | 'superuserPassword'>,
): Promise<string> {
  const client = await connect(server, 'postgres');
  try {
    const { rows } = await client.query<{ id: string }>(
      'select system_identifier::text as id from pg_control_system()',
    );
    return rows[0]?.id ?? '';
  } finally {
    await client.end();
  }
}

async function startFailure(
  { address, port, logFile }: Omit<Startup, 'running' | 'signal'>,
  what: string,
): Promise<DrillError> {
  const log = await readFile(logFile, 'utf8').catch(() => '');
  if (log.includes('Address already in use')) return portTaken(address, port);
  return new DrillError('COMMAND_FAILED', `PostgreSQL on ${address}:${port} ${what}`, {
    hint: `Its log is ${logFile}.`,
    details: { said: lastLines(log) },
  });
}

async function connect(
  { address, port, superuserPassword }: Pick<Cluster, 'address' | 'port' | 'superuserPassword'>,
  database: string,
): Promise<Client> {
  const client = new Client({
    host: address,
    port,
    user: SUPERUSER,
    password: superuserPassword,
    database,
    ssl: false,
  });
  // An idle connection that the server closes must not end the whole process: the next query will tell.
  client.on('error', () => {});
  await client.connect();
  return client;
}

function portTaken(address: string, port: number): DrillError {
  return new DrillError(
    'PORT_TAKEN',
    `another program listens on ${address}:${port}, where PostgreSQL should`,
    {
      hint: `See who it is with \`ss -ltnp 'sport = :${port}'\`, or give the scratch another port.`,
      details: { address, port },
    },
  );
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-8).join('\n');
}
