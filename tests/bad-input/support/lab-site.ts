import { mkdtemp, chmod, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { dumpDatabase } from '../../../lab/backups/dump-database.ts';
import { startCluster, type LabCluster } from '../../../lab/database/cluster.ts';
import { openLab, type LabIdentityControl } from '../../../lab/index.ts';
import { openBucket } from '../../../lab/storage/writers.ts';
import type { S3Server } from '../../../lab/storage/seaweedfs.ts';
import type { ConfigInput, S3StoreConfig } from '../../../src/model/config.ts';
import type { DumpFormat } from '../../../src/model/facts.ts';
import { openReader, type ObjectWriter } from '../../../src/providers/object-store/index.ts';
import { findFreePort } from '../../../src/support/ports.ts';
import { resolveAt } from '../../../src/providers/dns/resolvers.ts';
import { stopProcess } from '../../../src/support/processes.ts';
import { requireTool } from '../../../src/support/tools.ts';
import { execa } from 'execa';
import { ADDRESSES } from '../../../lab/underway.ts';
import type { Ground } from './attempt.ts';

/** A lab whose site is lost, and what is needed to spoil a drill on it. */
export interface LabSite extends Ground, AsyncDisposable {
  /** A config of its own to change: the lab's, without copies, Velero, archive and baseline. */
  newConfig(): ConfigInput;
  readonly s3: S3Server;
  readonly bucket: ObjectWriter;
  /** The newest dump, as the lab's backup job made it: custom format. */
  readonly dump: Buffer;
  /** A database server that the scratch may be given. Its `mattermost` holds the site's data. */
  readonly server: LabCluster;
  readonly secondaryIdp: LabIdentityControl;
  /** The site's data dumped in another format; resolves to the file or folder. */
  dumpAs(format: DumpFormat): Promise<string>;
}

/** Brings the lab up, loses its site, and reads what it backed up. */
export async function openLabSite(): Promise<LabSite> {
  const lab = await openLab({ say: () => {}, signal: new AbortController().signal, size: { posts: 600 } });
  const directory = await mkdtemp('/var/tmp/muster-bad-');
  await chmod(directory, 0o755);
  await lab.declareOutage();
  const text = await readFile(lab.configFile, 'utf8');
  const wholeConfig = () => parse(text) as ConfigInput;
  const s3 = await readServer(wholeConfig());
  const bucket = openBucket(s3, (wholeConfig().backups.store as S3StoreConfig).bucket);
  const dump = await readNewestDump(s3, bucket.location);
  const server = await startCluster({
    directory: path.join(directory, 'given-server'),
    port: await findFreePort(),
  });
  await restore(server, dump);
  return {
    directory,
    wholeConfig,
    newConfig() {
      const config = withoutCopies(wholeConfig());
      const { velero: _velero, configuration: _configuration, ...backups } = config.backups;
      return { ...config, backups };
    },
    leftElsewhere: movedName,
    s3,
    bucket,
    dump,
    server,
    secondaryIdp: lab.identity.secondary,
    async dumpAs(format) {
      const folder = await mkdtemp(path.join(directory, 'dump-'));
      const source = { ...server, host: server.address };
      const name = await dumpDatabase(source, {
        format,
        compression: format === 'plain' ? 'none' : 'gzip',
        folder,
      });
      return path.join(folder, name);
    },
    async [Symbol.asyncDispose]() {
      await bucket[Symbol.asyncDispose]();
      await stopProcess(server.process);
      await rm(directory, { recursive: true, force: true });
      await lab.down();
    },
  };
}

/** The lab's config without copies, archive and baseline. */
export function withoutCopies({
  archive: _archive,
  baseline: _baseline,
  ...config
}: ConfigInput): ConfigInput {
  const { copies: _copies, ...backups } = config.backups;
  return { ...config, backups };
}

/** Where the site's name points when it is not put back to production. */
async function movedName({ dns }: ConfigInput): Promise<string[]> {
  if (dns.kind !== 'rfc2136') return [];
  const { addresses } = await resolveAt(dns.server, dns.name);
  const where = addresses.join(', ') || 'no address';
  return where === ADDRESSES.primary ? [] : [`${dns.name} at ${where}`];
}

export async function readServer({ backups }: ConfigInput): Promise<S3Server> {
  const { endpoint = '', region = '', accessKeyId, secretAccessKey } = backups.store as S3StoreConfig;
  const read = async (ref: typeof accessKeyId) =>
    (await readFile(ref && 'file' in ref ? ref.file : '', 'utf8')).trim();
  return {
    endpoint,
    region,
    accessKeyId: await read(accessKeyId),
    secretAccessKey: await read(secretAccessKey),
  };
}

async function readNewestDump(server: S3Server, location: string): Promise<Buffer> {
  const { endpoint, region, ...credentials } = server;
  const bucket = location.replace('s3://', '');
  await using reader = await openReader(
    { kind: 's3', bucket, prefix: '', region, endpoint, forcePathStyle: true },
    credentials,
  );
  for await (const { key } of reader.list('db/')) {
    if (!key.endsWith('.dump')) continue;
    const chunks: Buffer[] = [];
    for await (const chunk of (await reader.open(key)) as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks);
  }
  throw new Error(`the lab has put no dump into ${location}`);
}

async function restore({ address, port, user, password, database }: LabCluster, dump: Buffer): Promise<void> {
  await execa(await requireTool('pg_restore'), ['--no-owner', '--no-privileges', `--dbname=${database}`], {
    env: { PGHOST: address, PGPORT: String(port), PGUSER: user, PGPASSWORD: password },
    input: dump,
  });
}
