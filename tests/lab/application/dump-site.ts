import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Client } from 'pg';
import { findFreePort } from '../../../src/support/ports.ts';
import { startProcess, stopProcess, type RunningProcess } from '../../../src/support/processes.ts';
import { requireTool } from '../../../src/support/tools.ts';
import { waitFor } from '../../../src/support/wait-for.ts';
import { openThrowAwayDatabase, type ThrowAwayDatabase } from '../throw-away-database.ts';

/** Where the real backups are; tests on them are skipped without it. */
export const BACKUPS = process.env['MUSTER_TEST_BACKUPS'];
export const SKIP_REASON = 'MUSTER_TEST_BACKUPS is not set: there is no real dump to serve';
const MAIN = fileURLToPath(new URL('../../../lab/application/main.ts', import.meta.url));

export interface DumpSite extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** The restored database, as Mattermost's role. */
  readonly db: Client;
  readonly database: ThrowAwayDatabase;
  /** Starts the stand-in; settings go on top of those that keep it quiet, undefined takes one away. */
  start(environment?: Readonly<Record<string, string | undefined>>): Promise<void>;
  stop(): Promise<string>;
  log(): Promise<string>;
}

/** Restores the real dump into a cluster of its own, with a copy of the real file store. */
export async function openDumpSite(): Promise<DumpSite> {
  const set = path.join(BACKUPS ?? '', 'mattermost-11.6');
  const database = await openThrowAwayDatabase();
  const folder = await mkdtemp(path.join(tmpdir(), 'muster-stand-in-'));
  const { cluster } = database;
  const db = await database.create('restored');
  // A test may end the database under it.
  db.on('error', () => undefined);
  const dataSource = cluster.dataSource.replace('/mattermost?', '/restored?');
  await execa(await requireTool('pg_restore'), [
    '--no-owner',
    '-d',
    dataSource,
    path.join(set, 'mattermost.dump'),
  ]);
  await execa('cp', ['-r', '--no-preserve=mode', path.join(set, 'files'), folder]);
  const port = await findFreePort();
  const logFile = path.join(folder, 'server.log');
  let running: RunningProcess | undefined;

  const site: DumpSite = {
    url: `http://127.0.0.1:${port}`,
    port,
    db,
    database,
    async start(environment = {}) {
      const settings = Object.entries({
        ...quiet(dataSource, port, path.join(folder, 'files')),
        ...environment,
      });
      const env = Object.fromEntries(
        settings.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      );
      running = await startProcess({ command: process.execPath, args: [MAIN], env, logFile });
      const { child } = running;
      const answers = () =>
        fetch(`${site.url}/api/v4/system/ping`).then(
          () => 'up' as const,
          () => undefined,
        );
      const isUp = await waitFor(async () => (child.exitCode === null ? answers() : ('ended' as const)), {
        timeout: 15_000,
      });
      if (isUp !== 'up') throw new Error(`the stand-in did not start:\n${await site.log()}`);
    },
    async stop() {
      const ending = running;
      running = undefined;
      if (!ending) return '';
      await stopProcess(ending);
      return ending.ended;
    },
    log: () => readFile(logFile, 'utf8'),
    async [Symbol.asyncDispose]() {
      await site.stop();
      await database[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
  return site;
}

function quiet(dataSource: string, port: number, files: string): Record<string, string> {
  return {
    MM_CONFIG: dataSource,
    MM_SQLSETTINGS_DATASOURCE: dataSource,
    MM_SERVICESETTINGS_LISTENADDRESS: `127.0.0.1:${port}`,
    MM_SERVICESETTINGS_SITEURL: `http://127.0.0.1:${port}`,
    MM_FILESETTINGS_DRIVERNAME: 'local',
    MM_FILESETTINGS_DIRECTORY: files,
    MM_EMAILSETTINGS_SENDEMAILNOTIFICATIONS: 'false',
    MM_EMAILSETTINGS_SENDPUSHNOTIFICATIONS: 'false',
    MM_SERVICESETTINGS_ENABLESECURITYFIXALERT: 'false',
    MM_SERVICESETTINGS_ENABLELINKPREVIEWS: 'false',
    MM_SERVICESETTINGS_ENABLEOUTGOINGWEBHOOKS: 'false',
    MM_SERVICESETTINGS_ENABLEDESKTOPLANDINGPAGE: 'false',
    MM_ANNOUNCEMENTSETTINGS_ADMINNOTICESENABLED: 'false',
    MM_ANNOUNCEMENTSETTINGS_USERNOTICESENABLED: 'false',
  };
}

export const PASSWORD = { user: 'Drill-User-2026!', admin: 'Drill-Admin-2026!' };

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** A call to the API, with a bearer token where one is given. */
export async function call<T = Record<string, unknown>>(
  site: Pick<DumpSite, 'url'>,
  method: string,
  target: string,
  { token, body, headers = {} }: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer<T>> {
  const response = await fetch(`${site.url}${target}`, {
    method,
    redirect: 'manual',
    headers: { ...headers, ...(token && { Authorization: `Bearer ${token}` }) },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') && text !== '';
  return {
    status: response.status,
    headers: response.headers,
    body: (isJson ? JSON.parse(text) : text) as T,
  };
}

/** Signs in and gives the session's token. */
export async function signIn(
  site: Pick<DumpSite, 'url'>,
  loginId: string,
  password = PASSWORD.user,
): Promise<string> {
  const { status, headers, body } = await call(site, 'POST', '/api/v4/users/login', {
    body: { login_id: loginId, password },
  });
  const token = headers.get('token');
  if (status !== 200 || !token)
    throw new Error(`${loginId} cannot sign in: ${status} ${JSON.stringify(body)}`);
  return token;
}
