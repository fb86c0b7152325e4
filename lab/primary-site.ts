import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { seconds } from '../src/model/duration.ts';
import { DrillError } from '../src/model/errors.ts';
import { httpsGet } from '../src/support/https-get.ts';
import { findFreePort } from '../src/support/ports.ts';
import { startProcess } from '../src/support/processes.ts';
import { waitFor } from '../src/support/wait-for.ts';
import type { LabNames } from './bring-up.ts';
import { startLocalApplication } from './local-application.ts';
import type { LabUnderway } from './underway.ts';
import { connectAsOwner, startCluster, type LabCluster } from './database/cluster.ts';
import { createSchema } from './database/schema/create-schema.ts';
import { seedSite, type SeedOptions } from './database/seed.ts';
import { NOWHERE } from './database/seed/production.ts';
import type { SiteRecord } from './database/site-record.ts';
import type { LabIdentity, PlannedIdentity } from './identity-pair.ts';
import { issueCertificate, type CertificateAuthority, type KeyPair } from './tls.ts';

export interface PrimarySite {
  readonly record: SiteRecord;
  readonly cluster: LabCluster;
  readonly fileStore: string;
  readonly tls: KeyPair;
  readonly canaryRecord: string;
  /** Where it is reached, and its database. */
  readonly addresses: readonly string[];
  /** Starts the application, TLS in front of it, and the canary writer. */
  open(identity: LabIdentity): Promise<void>;
}

export interface PrimarySiteOptions {
  readonly authority: CertificateAuthority;
  readonly dns: LabNames;
  readonly identity: PlannedIdentity;
  readonly seed: number;
  readonly size?: SiteSize | undefined;
  /** On this machine unless told. */
  readonly startApplication?: typeof startLocalApplication | undefined;
}

/** What the application is started with. */
export interface ApplicationStart {
  /** As Mattermost's own variables. */
  readonly environment: Readonly<Record<string, string>>;
  readonly dataSource: string;
  /** The folder that is its file store. */
  readonly files: string;
  readonly tls: KeyPair;
  readonly authority: CertificateAuthority;
  readonly identity: LabIdentity;
  /** For what it leaves behind. */
  readonly directory: string;
}

export interface StartedApplication {
  /** The last that it said, on one line. */
  log(): Promise<string>;
}

/** How much people have left behind. */
export type SiteSize = Pick<SeedOptions, 'posts' | 'files' | 'documentLines'>;

export const CANARY_INTERVAL = seconds(1);

/** The site that will be lost: a database that people have lived in, a file store, and the application. */
export async function startPrimarySite(lab: LabUnderway, options: PrimarySiteOptions): Promise<PrimarySite> {
  const directory = path.join(lab.directory, 'primary');
  const fileStore = path.join(directory, 'files');
  const canaryRecord = path.join(lab.directory, 'canary-record.jsonl');
  const cluster = await startCluster({
    directory: path.join(lab.directory, 'primary-database'),
    address: lab.addresses.database,
    port: await findFreePort([lab.addresses.database]),
    detached: lab.stay,
    signal: lab.signal,
  });
  await lab.note("primary site's database (PostgreSQL)", cluster.process, {
    primary: true,
    endpoint: `${cluster.address}:${cluster.port}`,
  });
  const record = await seed(lab, cluster, fileStore, options);
  const tls = await issueCertificate(options.authority, {
    file: 'chat',
    names: [lab.state.switchedName],
    addresses: [lab.addresses.primary, lab.addresses.scratch],
  });
  const { addresses } = lab;
  return {
    ...{ record, cluster, fileStore, tls, canaryRecord, open },
    // Loopback is nobody's own.
    addresses: [addresses.primary, addresses.database].filter((address) => address !== '127.0.0.1'),
  };

  async function open(identity: LabIdentity): Promise<void> {
    const { authority, startApplication = startLocalApplication } = options;
    const { log } = await startApplication(lab, {
      ...{ authority, directory, tls, files: fileStore, identity, dataSource: cluster.dataSource },
      environment: environmentOf(identity),
    });
    await waitUntilHealthy(lab, authority.certFile, log);
    await startCanary();
  }

  /** Beside what depends on where the application runs. */
  function environmentOf(identity: LabIdentity): Record<string, string> {
    return {
      MM_SERVICESETTINGS_SITEURL: lab.siteUrl,
      MM_GITLABSETTINGS_ENABLE: 'true',
      MM_GITLABSETTINGS_ID: identity.clientId,
      MM_GITLABSETTINGS_SECRET: identity.clientSecret,
      MM_GITLABSETTINGS_AUTHENDPOINT: identity.authorizationUrl,
      MM_GITLABSETTINGS_TOKENENDPOINT: identity.serverTokenUrl,
      MM_GITLABSETTINGS_USERAPIENDPOINT: identity.serverUserInfoUrl,
    };
  }

  async function startCanary(): Promise<void> {
    const resolver = options.dns.resolvers[0];
    const team = record.teams.find(
      ({ id }) => id === record.channels.find((channel) => channel.id === record.canary.channelId)?.teamId,
    );
    const writer = await startProcess({
      command: process.execPath,
      args: [
        ...[path.join(import.meta.dirname, '../bin/muster.js'), 'canary', '--url', lab.siteUrl],
        ...[
          '--team',
          team?.name ?? '',
          '--channel',
          'canary',
          '--record',
          canaryRecord,
          '--interval',
          `${CANARY_INTERVAL}ms`,
        ],
        ...['--ca', options.authority.certFile, '--resolver', `${resolver?.address}:${resolver?.port}`],
      ],
      env: { MUSTER_CANARY_TOKEN: record.canary.token },
      logFile: path.join(lab.directory, 'canary.log'),
      detached: lab.stay,
    });
    await lab.note('canary writer', writer, { primary: true });
  }
}

async function seed(
  lab: LabUnderway,
  cluster: LabCluster,
  fileStore: string,
  { seed, size, identity }: PrimarySiteOptions,
): Promise<SiteRecord> {
  const client = await connectAsOwner(cluster);
  try {
    await createSchema(client);
    lab.say('the schema of Mattermost 11.6 is made; people move in');
    const record = await seedSite(client, {
      seed,
      now: new Date(),
      siteUrl: lab.siteUrl,
      ...size,
      production: { ...NOWHERE, identity: { ...identity, userUrl: identity.userInfoUrl } },
      fileStore: async (key, body) => {
        const file = path.join(fileStore, key);
        await mkdir(path.dirname(file), { recursive: true });
        await writeFile(file, body);
      },
    });
    lab.say(
      `${record.users.length} users, ${record.teams.length} teams, ${record.channels.length} channels, ${record.files.length} files`,
    );
    return record;
  } finally {
    await client.end();
  }
}

async function waitUntilHealthy(
  lab: LabUnderway,
  caFile: string,
  log: StartedApplication['log'],
): Promise<void> {
  const ca = await readFile(caFile);
  const healthy = await waitFor(
    async () => {
      const answer = await httpsGet(`${lab.siteUrl}/api/v4/system/ping?get_server_status=true`, {
        ca,
        lookup: async () => lab.addresses.primary,
        signal: lab.signal,
      }).catch(() => undefined);
      return answer?.status === 200 ? true : undefined;
    },
    { timeout: seconds(30), signal: lab.signal },
  );
  if (healthy) return;
  throw new DrillError('LAB_FAILED', "the primary site's application does not become healthy within 30s", {
    details: { log: await log() },
  });
}
