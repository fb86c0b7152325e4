import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { days, seconds } from '../src/model/duration.ts';
import { waitFor } from '../src/support/wait-for.ts';
import { DrillError } from '../src/model/errors.ts';
import { takeBaseline } from '../src/baseline/take-baseline.ts';
import type { ObjectWriter } from '../src/providers/object-store/contract.ts';
import type { KeyPair } from '../src/support/signature.ts';
import { takeBackups } from './backups/take-backups.ts';
import type { LabBaseline } from './lab-config.ts';
import type { LabStorage } from './bring-up.ts';
import { connectAsOwner, createBaselineReader } from './database/cluster.ts';
import { NOWHERE } from './database/seed/production.ts';
import type { PrimarySite } from './primary-site.ts';
import { openBucket, openContainer } from './storage/writers.ts';
import { BUCKETS, type LabUnderway } from './underway.ts';
import { writeVeleroBackup } from './velero/write-backup.ts';

/** So many canaries come before the backup, and so many after it: the ones that the outage will cost. */
const CANARIES_BEFORE = 5;
const CANARIES_AFTER = 3;

interface BackUpOptions {
  readonly storage: LabStorage;
  readonly site: PrimarySite;
  /** Signs the baseline. */
  readonly keys: KeyPair;
  /** Has the cluster that the site runs in backed up; without one, the lab makes what Velero would leave. */
  readonly backUpCluster?: ((takenAt: Date) => Promise<string>) | undefined;
}

/** Backs the site up while its canaries sing, and writes a baseline of the very moment that the dump holds. */
export async function backUp(lab: LabUnderway, options: BackUpOptions): Promise<LabBaseline> {
  const { storage, site, keys } = options;
  await waitForCanaries(lab, site, CANARIES_BEFORE);
  await using archive = openBucket(storage.s3, BUCKETS.archive);
  const { s3 } = storage;
  const database = { ...(await createBaselineReader(site.cluster)), database: site.cluster.database };
  const files = { kind: 'filesystem', root: site.fileStore } as const;
  await takeBaseline({
    database,
    meanwhile: (snapshot) => takeAllBackups(lab, options, snapshot),
    files: { options: files, credentials: {} },
    velero: {
      options: {
        ...{ kind: 's3', bucket: BUCKETS.backups, region: s3.region },
        ...{ endpoint: s3.endpoint, forcePathStyle: true },
      },
      credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
      prefix: 'velero',
    },
    archive,
    prefix: 'baselines/',
    keys,
    siteUrl: lab.siteUrl,
    muster: 'lab',
    signal: lab.signal,
    say: () => {},
  });
  lab.say('a signed baseline of the same moment is in the archive');
  await waitForCanaries(lab, site, CANARIES_AFTER);
  return { database, files };
}

/** By the real tools, into S3 and as a copy into Azure Blob. */
async function takeAllBackups(
  lab: LabUnderway,
  { storage: { s3, blob }, site, backUpCluster }: BackUpOptions,
  snapshot: string,
): Promise<void> {
  await using bucket = openBucket(s3, BUCKETS.backups);
  await using container = openContainer(blob, BUCKETS.copies);
  const { cluster, fileStore } = site;
  const { takenAt, keys } = await takeBackups({
    database: {
      host: cluster.address,
      port: cluster.port,
      user: cluster.user,
      password: cluster.password,
      database: cluster.database,
    },
    fileStore,
    configuration: await readConfiguration(site),
    stores: [bucket, container],
    snapshot,
    signal: lab.signal,
  });
  lab.say(
    `${keys.length} objects of database, files and configuration are backed up to S3, with a copy in Azure Blob`,
  );
  const name = backUpCluster ? await backUpCluster(takenAt) : await stampBackup(lab, bucket, takenAt);
  lab.say(`Velero backup ${name} holds the site's Kubernetes objects`);
}

/** The site as a cluster would hold it, in the form that Velero would give it. */
async function stampBackup(lab: LabUnderway, store: ObjectWriter, takenAt: Date): Promise<string> {
  const { name } = await writeVeleroBackup({
    store,
    prefix: 'velero',
    takenAt,
    ttl: days(30),
    site: {
      siteUrl: lab.siteUrl,
      image: 'mattermost/mattermost-team-edition',
      version: '11.6.0',
      environment: { MM_SERVICESETTINGS_SITEURL: lab.siteUrl },
      dataSource: `postgres://mmuser:${NOWHERE.databasePassword}@${NOWHERE.databaseHost}:${NOWHERE.databasePort}/mattermost?sslmode=disable`,
      fileStore: {
        url: NOWHERE.s3Host,
        bucket: NOWHERE.s3Bucket,
        accessKeyId: 'LABONLYACCESSKEY',
        secretAccessKey: 'lab-only-secret-access-key',
      },
    },
  });
  return name;
}

/** The active configuration, as the site would have written it to config.json. */
async function readConfiguration({ cluster }: PrimarySite): Promise<string> {
  const client = await connectAsOwner(cluster);
  try {
    const { rows } = await client.query<{ value: string }>('select value from configurations where active');
    return rows[0]?.value ?? '{}';
  } finally {
    await client.end();
  }
}

async function waitForCanaries(lab: LabUnderway, { canaryRecord }: PrimarySite, more: number): Promise<void> {
  const count = async () =>
    (await readFile(canaryRecord, 'utf8').catch(() => ''))
      .split('\n')
      .filter((line) => /"postId":"/.test(line)).length;
  const wanted = (await count()) + more;
  const enough = await waitFor(async () => ((await count()) >= wanted ? true : undefined), {
    timeout: seconds(60),
    interval: 250,
    signal: lab.signal,
  });
  if (enough) return;
  const log = await readFile(path.join(lab.directory, 'canary.log'), 'utf8').catch(() => '');
  throw new DrillError('LAB_FAILED', `the canary writer has not posted ${more} messages within 60s`, {
    details: { log: log.trimEnd().split('\n').slice(-5).join(' | ') },
  });
}
