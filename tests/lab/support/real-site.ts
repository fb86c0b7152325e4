import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { raiseLab, startFoundations } from '../../../lab/bring-up.ts';
import { putFolder } from '../../../lab/backups/put-folder.ts';
import { withAuthenticator } from '../../../lab/describe-site.ts';
import { STAND_IN } from '../../../lab/kubernetes/site/images.ts';
import { planIdentities, startIdentityProviders } from '../../../lab/identity-pair.ts';
import { writeLabConfig, type LabMember, type LabScratch } from '../../../lab/lab-config.ts';
import type { LabState } from '../../../lab/state.ts';
import { openBucket, openContainer } from '../../../lab/storage/writers.ts';
import { issueCertificate } from '../../../lab/tls.ts';
import { BUCKETS, drawSecret, type LabUnderway } from '../../../lab/underway.ts';
import { makeKeyPair } from '../../../src/support/signature.ts';
import { readRealManifest, type RealManifest } from '../../support/backups.ts';
import { writeRealBaseline } from './real-baseline.ts';

/** When the site of the real backups is taken to have been lost: after the newest Velero backup. */
export const REAL_OUTAGE = '2026-11-22T00:00:00Z';
const VELERO_PREFIX = 'prod';
const STAMP = '2026-11-21T173000Z';

/** Its database and file store: nothing is left of them. */
const GONE = {
  database: { host: '127.0.0.1', port: 1, user: 'nobody', password: 'gone', database: 'mattermost' },
  files: { kind: 'filesystem', root: '/nowhere' },
} as const;

export interface RealSiteOptions {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** With an empty cluster to restore into: the process is in an empty network namespace. */
  readonly kubernetes?: boolean;
}

/**
 * A lab around somebody else's backups: object stores that hold them, DNS for their name, and a secondary identity
 * provider that knows their people. Of the primary site there is nothing left.
 */
export async function raiseRealSite(backups: string, options: RealSiteOptions): Promise<LabState> {
  const manifest = readRealManifest(backups);
  return raiseLab({ ...options, zone: 'ops.example', stay: true }, async (lab) => {
    const { authority, storage, dns } = await startFoundations(lab);
    await using bucket = openBucket(storage.s3, BUCKETS.backups);
    await using container = openContainer(storage.blob, BUCKETS.copies);
    const site = path.join(backups, 'mattermost-11.6');
    for (const store of [bucket, container]) await putDump(store, site);
    await putFolder(bucket, path.join(site, 'files'), { under: `files/${STAMP}/` });
    await putFolder(bucket, path.join(backups, 'velero-1.18', 'prod'), { under: `${VELERO_PREFIX}/` });

    const keys = makeKeyPair();
    await using archive = openBucket(storage.s3, BUCKETS.archive);
    const siteUrl = lab.siteUrl;
    await writeRealBaseline(backups, { archive, prefix: 'baselines/', keys, siteUrl });

    const emergency = knownAtSecondary(manifest);
    const identity = await startIdentityProviders(lab, {
      authority,
      planned: await planIdentities(lab),
      everyday: [],
      emergency,
    });
    // Lost with its site: a drill demands that nothing needs it.
    await identity.primary.stop();
    const clusters = options.kubernetes
      ? await import('../../../lab/kubernetes/site/clusters.ts')
      : undefined;
    await writeLabConfig(lab, {
      scratch: withStandIn(await clusters?.startRecoveryCluster(lab, storage, VELERO_PREFIX)),
      authority,
      storage,
      dns,
      identity,
      keys,
      baseline: GONE,
      tls: await issueCertificate(authority, {
        file: 'chat',
        names: [lab.state.switchedName],
        addresses: [lab.addresses.scratch],
      }),
      production: {
        hosts: ['*.production.example', 'push.mattermost.com', 's3.eu-central-1.amazonaws.com'],
        // Its server is gone, and nobody wrote down which it was.
        databaseSystemIdentifiers: ['7000000000000000001'],
      },
      velero: { prefix: VELERO_PREFIX, namespace: 'mattermost', schedule: 'mattermost-daily' },
      privacy: { messageTexts: 'keep', userNames: 'keep' },
      members: chooseMembers(manifest, emergency),
      canary: {
        team: manifest.canaries.team,
        channel: manifest.canaries.channel,
        interval: `${manifest.canaries.interval_seconds}s`,
        record: await writeCanaryRecord(lab, manifest),
      },
    });
  });
}

/** The image that the backup names is in no reach of the lab's node. */
function withStandIn(scratch: LabScratch | undefined): LabScratch | undefined {
  return scratch && { ...scratch, application: { kind: 'operator', isStandIn: true, ...STAND_IN } };
}

async function putDump(store: Parameters<typeof putFolder>[0], site: string): Promise<void> {
  await store.put(`db/${STAMP}/mattermost.dump`, await readFile(path.join(site, 'mattermost.dump')), {
    contentType: 'application/octet-stream',
  });
}

function knownAtSecondary({ credentials, users }: RealManifest) {
  const { ids, deactivated } = credentials.sso;
  const people = users.filter(({ username }) => username in ids && username !== deactivated);
  return [
    ...people.map(({ username, email, first_name, last_name }) =>
      withAuthenticator({ id: ids[username] ?? 0, username, email, name: `${first_name} ${last_name}` }),
    ),
    withAuthenticator({
      id: 999_001,
      username: 'passer-by',
      email: 'passer-by@elsewhere.example',
      name: 'Passer By',
    }),
  ];
}

function chooseMembers(
  { credentials }: RealManifest,
  emergency: ReturnType<typeof knownAtSecondary>,
): LabMember[] {
  const part = (username: string) => (username === 'passer-by' ? 'stranger' : 'member');
  const wanted = ['responder1', 'responder2', 'responder3', 'passer-by'];
  const { totp, passwords, sso } = credentials;
  return [
    ...emergency
      .filter(({ username }) => wanted.includes(username))
      .map(
        ({ username, password, totpSecret }) =>
          ({ username, part: part(username), password, totp: totpSecret }) as const,
      ),
    {
      username: totp.username,
      part: 'break-glass',
      password: passwords[totp.username] ?? '',
      totp: totp.secret,
    },
    // Stays out of the secondary IdP: whatever password is tried there, it is nobody's.
    { username: sso.deactivated, part: 'deactivated', password: drawSecret() },
  ];
}

/** The writer's record up to the outage: what is in the backup, and what it went on to post until the site was lost. */
async function writeCanaryRecord(lab: LabUnderway, { canaries }: RealManifest): Promise<string> {
  const kept = canaries.all.map(([number, id, postId, at]) => ({
    number,
    id,
    postId,
    at: new Date(at).toISOString(),
  }));
  const lost = [];
  const interval = canaries.interval_seconds * 1000;
  for (
    let at = (canaries.all.at(-1)?.[3] ?? 0) + interval, number = kept.length + 1;
    at < Date.parse(REAL_OUTAGE);
    at += interval, number++
  ) {
    lost.push({
      number,
      id: randomUUID(),
      postId: `lost${String(number).padStart(22, '0')}`,
      at: new Date(at).toISOString(),
    });
  }
  const file = path.join(lab.directory, 'canary-record.jsonl');
  await writeFile(file, [...kept, ...lost].map((line) => `${JSON.stringify(line)}\n`).join(''));
  return file;
}
