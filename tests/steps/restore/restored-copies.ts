import { mkdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import type { Client } from 'pg';
import { createSchema } from '../../../lab/database/schema/create-schema.ts';
import { seedSite } from '../../../lab/database/seed.ts';
import type { SiteRecord } from '../../../lab/database/site-record.ts';
import type { ConfigInput } from '../../../src/model/config.ts';
import type { BackupSet, Facts } from '../../../src/model/facts.ts';
import { markScratch } from '../../../src/providers/database/scratch-marker.ts';
import { requireTool } from '../../../src/support/tools.ts';
import { openThrowAwayDatabase } from '../../lab/throw-away-database.ts';
import { openStepContext, type TestContext } from '../../support/step-context.ts';

/** When the lab's seed and everything in it ends. */
export const SEEDED_AT = new Date('2026-11-22T04:00:00Z');
export const OUTAGE_AT = new Date('2026-11-22T04:30:00Z');
export const REAL_BACKUPS = process.env['MUSTER_TEST_BACKUPS'];
export const WITHOUT_BACKUPS = 'needs real backups: set MUSTER_TEST_BACKUPS to their folder';

export interface RestoredCopies extends AsyncDisposable {
  readonly record: SiteRecord;
  /** Of the cluster that all copies live on: host:port. */
  readonly endpoint: string;
  /** The lab's file store; tests that change it make a copy. */
  readonly files: string;
  /** A copy of the lab's database, and a connection as superuser. Ended with the rest. */
  copy(): Promise<Copy>;
  /** A fresh restore of the real dump; only where there is one. */
  copyOfReal(): Promise<Copy>;
}

export interface Copy {
  readonly client: Client;
  /** A context whose facts lead to this copy, as the earlier steps leave them. */
  context(config?: Partial<ConfigInput>, outageAt?: Date): Promise<TestContext>;
}

/** One cluster with a seeded site, and as many copies of it as a test file wants. */
export async function openRestoredCopies(): Promise<RestoredCopies> {
  const database = await openThrowAwayDatabase();
  const { cluster, directory } = database;
  const files = path.join(directory, 'files');
  const seeded = await cluster.connect(cluster.database);
  await createSchema(seeded);
  const record = await seedSite(seeded, {
    seed: 11,
    now: SEEDED_AT,
    posts: 2_000,
    siteUrl: 'https://chat.example.test',
    fileStore: async (key: string, body: Buffer) => {
      mkdirSync(path.dirname(path.join(files, key)), { recursive: true });
      await writeFile(path.join(files, key), body);
    },
  });
  await seeded.query('ANALYZE');
  await seeded.end();
  const passwordFile = path.join(directory, 'password');
  await writeFile(passwordFile, cluster.superuserPassword);
  const closers: (() => Promise<unknown>)[] = [];
  let copies = 0;

  async function open(name: string, filesDirectory: string): Promise<Copy> {
    const client = await cluster.connect(name);
    closers.push(() => client.end());
    return {
      client,
      async context(config = {}, outageAt = OUTAGE_AT) {
        const scratch = path.join(directory, `scratch-${name}`);
        await mkdir(scratch, { recursive: true });
        const store = { kind: 'filesystem' as const, root: path.dirname(filesDirectory) };
        const context = await openStepContext({
          outageAt,
          config: { backups: { store, database: {}, files: {} }, ...config },
          facts: { ...facts(name, filesDirectory, scratch) },
        });
        closers.push(async () => context[Symbol.asyncDispose]());
        await markScratch(client, name, context.runId);
        return context;
      },
    };
  }

  function facts(name: string, filesDirectory: string, scratch: string): Partial<Facts> {
    return {
      database: {
        host: cluster.address,
        port: cluster.port,
        name,
        user: cluster.superuser,
        passwordFile,
        systemIdentifier: cluster.systemIdentifier,
        serverVersion: '15',
        order: 'complete',
        deferred: null,
      },
      files: { kind: 'folder', directory: filesDirectory, objects: 0, bytes: 0 },
      scratch: { directory: scratch, address: '127.0.0.1', port: 0, databaseDirectory: null },
      backups: BACKUPS,
      cluster: NO_CLUSTER,
    };
  }

  return {
    record,
    files,
    endpoint: `${cluster.address}:${cluster.port}`,
    async copy() {
      const name = `copy_${++copies}`;
      const admin = await cluster.connect();
      await admin.query(`CREATE DATABASE ${name} TEMPLATE ${cluster.database}`);
      await admin.end();
      return open(name, files);
    },
    async copyOfReal() {
      const name = `real_${++copies}`;
      const set = path.join(REAL_BACKUPS ?? '', 'mattermost-11.6');
      const admin = await cluster.connect();
      await admin.query(`CREATE DATABASE ${name}`);
      await admin.end();
      const connection = ['-h', cluster.address, '-p', String(cluster.port), '-U', cluster.superuser];
      const dump = path.join(set, 'mattermost.dump');
      await execa(
        await requireTool('pg_restore'),
        [...connection, '-d', name, '--no-owner', '--no-privileges', dump],
        { env: { PGPASSWORD: cluster.superuserPassword } },
      );
      return open(name, path.join(set, 'files'));
    },
    async [Symbol.asyncDispose]() {
      for (const close of closers.toReversed()) await close();
      await database[Symbol.asyncDispose]();
    },
  };
}

const BACKUPS: BackupSet = {
  database: {
    location: '',
    keys: ['db/mattermost.dump'],
    format: 'custom',
    compression: 'none',
    takenAt: SEEDED_AT.toISOString(),
    takenAtSource: 'archive-header',
    bytes: 1,
    dumpedBy: '15',
    sha256: {},
  },
  files: {
    location: '',
    kind: 'prefix',
    key: 'files/',
    takenAt: SEEDED_AT.toISOString(),
    objects: 1,
    bytes: 1,
    sha256: {},
  },
  configuration: null,
  velero: null,
};

const NO_CLUSTER: Facts['cluster'] = {
  namespace: '',
  name: '',
  image: '',
  version: '',
  replicas: null,
  siteUrl: null,
  environment: {},
  secrets: {},
  addresses: [],
};
