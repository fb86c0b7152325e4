import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { days, seconds } from '../src/model/duration.ts';
import { waitFor } from '../src/support/wait-for.ts';
import { DrillError } from '../src/model/errors.ts';
import { takeBackups } from './backups/take-backups.ts';
import type { LabStorage } from './bring-up.ts';
import { connectAsOwner } from './database/cluster.ts';
import { NOWHERE } from './database/seed/production.ts';
import type { PrimarySite } from './primary-site.ts';
import { openBucket, openContainer } from './storage/writers.ts';
import { BUCKETS, type LabUnderway } from './underway.ts';
import { writeVeleroBackup } from './velero/write-backup.ts';

/** So many canaries come before the backup, and so many after it: the ones that the outage will cost. */
const CANARIES_BEFORE = 5;
const CANARIES_AFTER = 3;

/** Takes the site's backups by the real tools while its canaries sing, into S3 and as a copy into Azure Blob. */
export async function backUp(
  lab: LabUnderway,
  { storage: { s3, blob }, site }: { storage: LabStorage; site: PrimarySite },
): Promise<void> {
  await waitForCanaries(lab, site, CANARIES_BEFORE);
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
    signal: lab.signal,
  });
  lab.say(
    `${keys.length} objects of database, files and configuration are backed up to S3, with a copy in Azure Blob`,
  );
  const { name } = await writeVeleroBackup({
    store: bucket,
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
  lab.say(`Velero backup ${name} holds the site's Kubernetes objects`);
  await waitForCanaries(lab, site, CANARIES_AFTER);
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
