import { createWriteStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import type { Config } from '../src/model/config.ts';
import { minutes } from '../src/model/duration.ts';
import { resolveSecret } from '../src/config/secrets.ts';
import { createCluster, type Cluster } from '../src/providers/database/cluster.ts';
import type { ObjectReader } from '../src/providers/object-store/index.ts';
import { openStore } from '../src/steps/backups/open-stores.ts';
import { quarantineEnvironment } from '../src/steps/restore/quarantine/settings.ts';
import { findFreePort } from '../src/support/ports.ts';
import { startProcess, stopProcess, type RunningProcess } from '../src/support/processes.ts';
import { requireTool } from '../src/support/tools.ts';
import { waitFor } from '../src/support/wait-for.ts';
import { processorSeconds } from './processor-time.ts';
import type { Measured } from './measured.ts';

/** As many as `aws s3 sync` has under way. */
const DOWNLOADS = 10;
const APPLICATION = path.join(import.meta.dirname, '../lab/application/main.ts');

/**
 * The recipe that an operator follows without Muster, on a server as initdb makes it: download, `pg_restore --jobs`,
 * ANALYZE, start. The clock runs from the download to the first ping that says that all is well; the empty server is
 * ready before it, as it is for Muster.
 */
export async function restoreByHand(config: Config, jobs: number): Promise<Measured> {
  const cpu = processorSeconds();
  const directory = await mkdtemp('/var/tmp/muster-bench-');
  await chmod(directory, 0o711);
  const cluster = await createCluster({
    directory: path.join(directory, 'postgresql'),
    address: '127.0.0.1',
    port: await findFreePort(),
    superuserPassword: 'bench',
  });
  let application: RunningProcess | undefined;
  const parts: Record<string, number> = {};
  const timed = async (part: string, work: () => Promise<unknown>) => {
    const begun = performance.now();
    await work();
    parts[part] = (performance.now() - begun) / 1000;
  };
  try {
    await makeDatabase(cluster);
    await using store = await openStore({ secret: resolveSecret }, config.backups.store);
    const dump = path.join(directory, 'mattermost.dump');
    const files = path.join(directory, 'files');
    await timed('download the dump', () => downloadDump(store, dump));
    await timed(`pg_restore --jobs ${jobs}`, () => pgRestore(cluster, dump, jobs));
    await timed('download the files', () => downloadFiles(store, files));
    await timed('ANALYZE', () => analyze(cluster));
    await timed('start the site', async () => {
      application = await startSite(cluster, files, path.join(directory, 'application.log'));
    });
  } finally {
    if (application) await stopProcess(application);
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  }
  const seconds = Object.values(parts).reduce((sum, part) => sum + part, 0);
  return { seconds, parts, processorSeconds: processorSeconds() - cpu };
}

async function makeDatabase(cluster: Cluster): Promise<void> {
  const client = await cluster.connect();
  try {
    await client.query(`create role mmuser login password 'bench'`);
    await client.query('create database mattermost owner mmuser template template0');
  } finally {
    await client.end();
  }
}

async function downloadDump(store: ObjectReader, file: string): Promise<void> {
  for await (const { key } of store.list('db/')) {
    if (key.endsWith('.dump')) await pipeline(await store.open(key), createWriteStream(file));
  }
}

async function pgRestore(
  { address, port, superuser, superuserPassword }: Cluster,
  dump: string,
  jobs: number,
) {
  await execa(
    await requireTool('pg_restore'),
    [
      '--host',
      address,
      '--port',
      String(port),
      '--username',
      superuser,
      '--dbname',
      'mattermost',
      '--jobs',
      String(jobs),
      dump,
    ],
    { env: { PGPASSWORD: superuserPassword } },
  );
}

async function downloadFiles(store: ObjectReader, folder: string): Promise<void> {
  const listing = store.list('files/')[Symbol.asyncIterator]();
  const worker = async () => {
    for (let next = await listing.next(); !next.done; next = await listing.next()) {
      const { key } = next.value;
      const file = path.join(folder, key.split('/').slice(2).join('/'));
      await mkdir(path.dirname(file), { recursive: true });
      await pipeline(await store.open(key), createWriteStream(file));
    }
  };
  await Promise.all(Array.from({ length: DOWNLOADS }, worker));
}

async function analyze(cluster: Cluster): Promise<void> {
  const client = await cluster.connect('mattermost');
  await client.query('analyze').finally(() => client.end());
}

/** With the settings that keep a copy quiet, as Muster's has them. */
async function startSite(
  { address, port }: Cluster,
  files: string,
  logFile: string,
): Promise<RunningProcess> {
  const source = `postgres://mmuser:bench@${address}:${port}/mattermost?sslmode=disable`;
  const listen = `127.0.0.1:${await findFreePort()}`;
  const running = await startProcess({
    command: process.execPath,
    args: [APPLICATION],
    env: {
      ...quarantineEnvironment(),
      MM_CONFIG: source,
      MM_SQLSETTINGS_DATASOURCE: source,
      MM_SERVICESETTINGS_LISTENADDRESS: listen,
      MM_FILESETTINGS_DRIVERNAME: 'local',
      MM_FILESETTINGS_DIRECTORY: `${files}/`,
    },
    logFile,
  });
  const healthy = await waitFor(
    async () => {
      const answer = await fetch(`http://${listen}/api/v4/system/ping?get_server_status=true`).catch(
        () => {},
      );
      return answer?.ok ? true : undefined;
    },
    { timeout: minutes(2) },
  );
  if (healthy) return running;
  await stopProcess(running);
  throw new Error(`the site does not start: ${(await readFile(logFile, 'utf8')).slice(-500)}`);
}
