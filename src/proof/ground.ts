import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openLab, refuseRemains, type Lab } from '../../lab/index.ts';
import { loadConfig } from '../config/load.ts';
import { requireSecrets, resolveSecret } from '../config/secrets.ts';
import type { Config, StoreConfig } from '../model/config.ts';
import { createCluster, type Cluster } from '../providers/database/cluster.ts';
import { openStore } from '../steps/backups/open-stores.ts';
import { findFreePort } from '../support/ports.ts';
import { inBatches } from '../support/in-batches.ts';
import { restoreTemplate, type Template } from './template.ts';

/** What sabotages are tried on: a lab after its outage. */
export interface Ground {
  readonly lab: Lab;
  /** A folder of this ground alone. */
  readonly directory: string;
  readonly config: Config;
  readonly outageAt: Date;
  /** The values of the lab's secrets, which are to be written down nowhere. */
  readonly secrets: readonly string[];
}

/** Its backups are in a folder, and there is a server for copies to live on: `config` says so. */
export interface CopyGround extends Ground {
  /** The lab's buckets as they were, in folders `backups` and `archive`. They are linked and read, never written. */
  readonly pristine: string;
  readonly cluster: Cluster;
}

/** A ground with one copy restored on it. */
export interface OpenGround extends CopyGround, AsyncDisposable {
  readonly template: Template;
}

export interface GroundOptions {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Brings a lab up, lets its site die and restores it once. Rejects with LAB_FAILED, and leaves nothing then. */
export async function openGround({ say, signal }: GroundOptions): Promise<OpenGround> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const one of closers.splice(0).toReversed()) await one();
  };
  try {
    const lab = await openLab({ say, signal, takesCodesAgain: true });
    closers.push(async () => refuseRemains(await lab.down()));
    const lost = await loseSite(lab);
    const { directory, config: written } = lost;
    const pristine = path.join(directory, 'pristine');
    await download(written.backups.store, path.join(pristine, 'backups'), signal);
    if (written.archive) await download(written.archive.store, path.join(pristine, 'archive'), signal);
    const cluster = await startServer(directory, signal);
    lab.adopt('database server of the proof (PostgreSQL)', cluster.process);
    closers.push(() => cluster.stop());
    const config = await onThisGround(written, { directory, pristine, cluster });
    const ground = { ...lost, config, pristine, cluster };
    const template = await restoreTemplate(ground, { say, signal });
    closers.push(() => template.undo());
    return { ...ground, template, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A lab whose site has died, as the lab itself describes it. */
export async function loseSite(lab: Lab): Promise<Ground> {
  // In the lab's own folder: `muster lab down` takes it along when this process is killed.
  const directory = path.join(lab.directory, 'proof');
  await mkdir(directory, { mode: 0o711 });
  const outageAt = await lab.declareOutage();
  const { config } = await loadConfig(lab.configFile);
  return { lab, directory, config, outageAt, secrets: await requireSecrets(config) };
}

async function download(from: StoreConfig, folder: string, signal: AbortSignal): Promise<void> {
  await using store = await openStore({ secret: resolveSecret }, from);
  const keys: string[] = [];
  for await (const { key } of store.list('', { signal })) keys.push(key);
  await inBatches(keys, 8, async (key) => {
    const file = path.join(folder, key);
    await mkdir(path.dirname(file), { recursive: true });
    await pipeline(await store.open(key, { signal }), createWriteStream(file), { signal });
  });
}

/** Its copies may all be lost. */
const THROW_AWAY = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '4GB',
  shared_buffers: '128MB',
};

async function startServer(directory: string, signal: AbortSignal): Promise<Cluster> {
  return createCluster({
    directory: path.join(directory, 'postgresql'),
    address: '127.0.0.1',
    port: await findFreePort(),
    superuserPassword: randomBytes(18).toString('base64url'),
    settings: THROW_AWAY,
    signal,
  });
}

/** Copies are read from folders: what the buckets promise is judged by checks of its own. */
async function onThisGround(
  config: Config,
  { directory, pristine, cluster }: Pick<CopyGround, 'directory' | 'pristine' | 'cluster'>,
): Promise<Config> {
  const { address: host, port, superuser: user, superuserPassword } = cluster;
  const passwordFile = path.join(directory, 'superuser-password');
  await writeFile(passwordFile, superuserPassword, { mode: 0o600 });
  return {
    ...withStores(config, pristine),
    scratch: {
      ...config.scratch,
      directory: path.join(directory, 'scratch'),
      database: { kind: 'server', host, port, user, password: { file: passwordFile }, name: 'template' },
    },
    // Indexes and views are audited with the rest: nothing is left for later.
    restore: { ...config.restore, order: 'complete' },
  };
}

/** The same site, with backups and archive in the folders below this one. */
export function withStores(config: Config, root: string): Config {
  const at = (name: string) => ({ kind: 'filesystem' as const, root: path.join(root, name) });
  return {
    ...config,
    backups: { ...config.backups, store: at('backups'), copies: [] },
    archive: { store: at('archive') },
  };
}
